"""`firstinline demo`: the story is loaded once, however often it is typed."""

import os
import stat
from collections.abc import Mapping

from sqlalchemy import func, select

from app.models.base import Base
from tests.cli.terminal import Terminal, cells, line_of


def rows(terminal: Terminal) -> Mapping[str, int]:
    """Return how many rows each table has."""
    with terminal.database() as database, database.engine.connect() as connection:
        return {
            table.name: connection.scalar(select(func.count()).select_from(table)) or 0
            for table in Base.metadata.sorted_tables
        }


def shortlist(printed: str) -> dict[str, list[str]]:
    """Return the names in each section, in order."""
    found: dict[str, list[str]] = {}
    heading = ""
    for line in printed.splitlines():
        if line.startswith(("First in line", "To check", "Quiet")):
            heading = line.split(":")[0].strip()
        elif line.startswith("│"):
            row = cells(line)[0]
            if len(row) == 7 and row[0]:
                found.setdefault(heading, []).append(row[5])
    return found


def test_the_story_is_told_and_sam_is_first(told: Terminal) -> None:
    printed = (told.folder / "demo.txt").read_text(encoding="utf-8")
    assert "Summer sales internship (hire withdrew)" in " ".join(printed.split())
    sections = shortlist(printed)
    assert sections["First in line"][0] == "Sam Porter"
    assert set(sections) == {"First in line", "To check", "Quiet"}
    everybody = [name for names in sections.values() for name in names]
    assert len(everybody) == len(set(everybody))
    sam = next(row for row in cells(printed) if row[5:6] == ["Sam Porter"])
    rank, match, persistence, fit, progress = sam[:5]
    # The worked example: 100 · 0.397 · (0.4 + 0.4 · 1 + 0.2 · 0.7).
    assert (rank, fit, progress) == ("1", "100.0", "70.0")
    assert 39.0 < float(persistence) < 40.5
    assert abs(float(match) - 0.94 * float(persistence)) < 0.1
    assert "Sam Porter has been in touch 6 times" in printed
    assert "kept 3 pieces of advice" in " ".join(printed.replace("│", " ").split())


def test_a_second_time_nothing_is_created(told: Terminal) -> None:
    before = rows(told)
    first = (told.folder / "demo.txt").read_text(encoding="utf-8")
    again = told.run("demo").out
    assert rows(told) == before
    assert before["candidates"] > 5
    assert again == first


def test_its_key_opens_the_api_and_is_nobody_elses_to_read(told: Terminal) -> None:
    printed = (told.folder / "demo.txt").read_text(encoding="utf-8")
    key = line_of(printed, "API key")
    file = told.folder / ".firstinline-demo-key"
    assert file.read_text(encoding="ascii").strip() == key
    if os.name == "posix":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert f"Bearer {key}' {line_of(printed, 'address')}/v1/positions" in printed
    with told.person(key) as person:
        (position,) = person.get("positions")["items"]
        assert position["status"] == "open"
        assert position["external_ids"] == [
            {"source": "demo", "type": "position", "id": "summer-sales-internship"}
        ]
        (opening,) = person.get(f"positions/{position['id']}/openings")["items"]
        assert opening["status"] == "open"


def test_a_key_that_is_lost_or_revoked_is_replaced(told: Terminal) -> None:
    file = told.folder / ".firstinline-demo-key"
    lost = file.read_text(encoding="ascii").strip()
    file.unlink()
    second = line_of(told.run("demo").out, "API key")
    assert second != lost
    told.run("keys", "revoke", second.split("_")[1])
    third = line_of(told.run("demo").out, "API key")
    assert third not in {lost, second}
    file.write_text("what is this?\n", encoding="ascii")
    fourth = line_of(told.run("demo").out, "API key")
    assert file.read_text(encoding="ascii").strip() == fourth
    with told.person(fourth) as person:
        assert len(person.get("candidates")["items"]) == rows(told)["candidates"]
