"""`firstinline candidates import` and `export`: a newcomer's file, to a ranking and back."""

from tests.cli.terminal import Terminal, cells

SHEET = """\
Wer;E-Mail;Position;Rejected on;Follow-up date;Follow-up;Shoe size
Sam Porter;sam@x.example;Internship;2018-10-04;2018-11-01;Hello!;9
Bo;no address;Internship;;;;
"""
OTHER = """\
full_name,email,position
Kim,kim@x.example,Training
"""


def test_a_file_comes_in_is_ranked_and_goes_out(terminal: Terminal) -> None:
    terminal.id("organizations", "create", "Acme")
    (terminal.folder / "in.csv").write_bytes(SHEET.encode("cp1252"))
    words = ("candidates", "import", "in.csv", "--map", "Wer=full_name")
    read = terminal.run(*words, "--only-read", expect=1)
    assert cells(read.out) == [["can be read", "1"], ["cannot be read", "1"]]
    first = terminal.run(*words, expect=1)
    assert cells(first.out) == [
        ["candidates created", "1"],
        ["candidates failed", "1"],
        ["applications created", "1"],
        ["follow ups created", "1"],
        ["positions created", "1"],
        ["rejections created", "1"],
    ]
    assert "passed over: Shoe size" in first.out
    assert "line 3, E-Mail: input should be an e-mail address" in first.said
    assert ["candidates unchanged", "1"] in cells(terminal.run(*words, expect=1).out)
    assert "Sam Porter" in terminal.run("rank", "Internship").out
    terminal.run("candidates", "export", "out.csv")
    assert "Sam Porter" in (terminal.folder / "out.csv").read_text(encoding="utf-8-sig")
    (terminal.folder / "other.csv").write_text(OTHER, encoding="utf-8")
    terminal.run("candidates", "import", "other.csv")
    for asked, lines in (
        (["-q", "porter"], 2),
        (["--position", "Internship"], 2),
        (["--email", "Sam@x.example"], 2),
        (["--application-status", "rejected"], 2),
        (["--updated-since", "2199-01-01T00:00Z"], 1),
        (["--awaiting-reply"], 2),
        (["--tag", "x"], 1),
    ):
        terminal.run("candidates", "export", "some.csv", *asked)
        written = (terminal.folder / "some.csv").read_text(encoding="utf-8-sig")
        assert len(written.splitlines()) == lines
    for asked in (["--custom-field", "shoe:9"], ["--talent-pool", "Interns"], ["--ids", "7"]):
        terminal.refused("candidates", "export", "some.csv", *asked)
    assert cells(terminal.run("candidates", "import", "out.csv").out) == [
        ["candidates unchanged", "1"]
    ]
    assert "no column" in terminal.run(*words[:3], "--map", "Wo=location", expect=1).said
