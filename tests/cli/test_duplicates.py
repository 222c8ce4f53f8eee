"""`firstinline candidates duplicates` and `firstinline candidates merge`."""

from tests.cli.terminal import Terminal, cells

SHEET = """\
full_name,email,location
Sam Porter,sam@student.example,Boston
Samm Porter,porter@work.example,Boston
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

    asked = terminal.run("candidates", "merge", SAM, TWIN, expect=1)
    assert "There is no way back." in " ".join(asked.out.split())
    assert cells(terminal.run("candidates", "duplicates", SAM).out) != []

    terminal.run("candidates", "merge", SAM, TWIN, "--yes")
    printed = terminal.run("candidates", "duplicates", TWIN).out
    assert printed == "Sam Porter: nobody else seems to be the same person.\n"
    assert "the candidate themself" in terminal.refused("candidates", "merge", SAM, TWIN, "--yes")
