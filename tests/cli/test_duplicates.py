"""`firstinline candidates duplicates` and `firstinline candidates merge`."""

from tests.cli.terminal import Terminal, cells

SHEET = """\
full_name,email,location
Sam Porter,sam@student.example,Boston
Samm Porter,porter@work.example,Boston
"""
TWO = """\
full_name,phone
Jo,+49 30 12345678
Jo Berg,+49 30 12345678
J. Berg,+49 30 12345678
"""
SAM, TWIN = "sam@student.example", "porter@work.example"


def test_who_is_there_twice_is_found_and_made_one_once_that_is_confirmed(
    terminal: Terminal,
) -> None:
    terminal.id("organizations", "create", "Acme")
    (terminal.folder / "in.csv").write_text(SHEET, encoding="utf-8")
    terminal.run("candidates", "import", "in.csv")
    ((_, name, why),) = cells(terminal.run("candidates", "duplicates", SAM).out)
    assert (name, why) == ("Samm Porter", "name Samm Porter, location Boston")

    assert terminal.run("candidates", "duplicates").out == "Nobody seems to be there twice.\n"
    (terminal.folder / "two.csv").write_text(TWO, encoding="utf-8")
    terminal.run("candidates", "import", "two.csv")
    assert len(cells(terminal.run("candidates", "duplicates").out)) == 3
    first = terminal.run("candidates", "duplicates", "--limit", "1").out
    ((_, name, _, other, why),) = cells(first)
    assert (name, other, why) == ("Jo", "Jo Berg", "phone +493012345678")
    assert "--limit shows more" in first

    asked = terminal.run("candidates", "merge", SAM, TWIN, expect=1)
    assert "There is no way back." in " ".join(asked.out.split())
    assert cells(terminal.run("candidates", "duplicates", SAM).out) != []

    terminal.run("candidates", "merge", SAM, TWIN, "--yes")
    printed = terminal.run("candidates", "duplicates", TWIN).out
    assert printed == "Sam Porter: nobody else seems to be the same person.\n"
    assert "the candidate themself" in terminal.refused("candidates", "merge", SAM, TWIN, "--yes")
