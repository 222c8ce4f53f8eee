"""There is one list of the types of events; the page, the answer and the worker follow it."""

from pathlib import Path
from uuid import UUID

import pytest

from app.core.database import Database, Mode
from app.events.schemas import EventIds
from app.outbox.actions import record
from app.outbox.event_types import EVENT_TYPES, HEARD, UnknownEventError
from app.worker import JOBS
from tests.cast import Cast

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_lists_every_type_with_its_ids_and_meaning() -> None:
    rows = [
        f"| `{name}` | {', '.join(f'`{one}`' for one in kind.ids)} | {kind.meaning} |"
        for name, kind in EVENT_TYPES.items()
    ]
    page = (ROOT / "docs" / "events.md").read_text(encoding="utf-8").splitlines()
    assert [line for line in page if line.startswith("| `")] == rows


def test_the_answer_has_a_place_for_every_id() -> None:
    told = {one for kind in EVENT_TYPES.values() for one in kind.ids}
    assert set(EventIds.model_fields) == told


def test_the_outbox_is_handed_what_a_job_hears_of() -> None:
    assert set(JOBS) == HEARD


def test_every_type_is_recorded_somewhere() -> None:
    """By its whole name, or by what stands before the dot where an action ends it."""
    said = "".join(
        path.read_text() for path in (ROOT / "app").rglob("*.py") if path.name != "event_types.py"
    )
    silent = [
        name
        for name in EVENT_TYPES
        if f'"{name}"' not in said and f'f"{name.partition(".")[0]}.{{' not in said
    ]
    assert silent == []


@pytest.mark.parametrize(
    ("event", "ids"),
    [
        ("candidate.sneezed", {"candidate_id": str(UUID(int=1))}),
        ("candidate.updated", {"full_name": "Sam Porter"}),
    ],
)
def test_what_others_could_not_understand_is_refused(
    cast: Cast, database: Database, event: str, ids: dict[str, str]
) -> None:
    acme = cast.ben.organization_id
    with (
        pytest.raises(UnknownEventError),
        database.transaction(Mode.WRITE, acme) as session,
    ):
        record(session, acme, event, ids)
