"""`firstinline search rebuild`."""

from sqlalchemy import select

from app.core.database import Mode
from app.models.candidate import Candidate
from app.search.actions import forget_person
from tests.cli.terminal import Terminal


def test_everybody_is_indexed_anew(told: Terminal) -> None:
    key = (told.folder / ".firstinline-demo-key").read_text(encoding="ascii").strip()
    with told.person(key) as person:
        with (
            told.database() as database,
            database.transaction(Mode.WRITE, person.organization_id) as session,
        ):
            everybody = session.execute(select(Candidate.id, Candidate.full_name)).all()
            for each in everybody:
                forget_person(session, each.id)
        asked = {"q": everybody[0].full_name}
        assert person.get("candidates", params=asked)["items"] == []
        printed = told.run("search", "rebuild").out
        assert f"{len(everybody)} candidates can be found." in printed
        found = person.get("candidates", params=asked)["items"]
    assert [one["full_name"] for one in found] == [everybody[0].full_name]
