"""Every real message through the front door: never an error, never lost, never twice."""

from collections import Counter
from email import message_from_bytes, policy

from sqlalchemy import func, select

from app.core.database import Database, Mode
from app.intake.email import read_message
from app.models.follow_up import IntakeMessage
from tests.cast import Cast
from tests.intake.email.letters import follow_ups, send
from tests.intake.email.real import files, needs_real_mail


def is_odd(raw: bytes) -> bool:
    """Whether Python's own parser raises on a message, or reads what is no text out of it."""
    try:
        parts = list(message_from_bytes(raw, policy=policy.default).walk())
        texts = [str(value) for part in parts for value in part.values()]
        texts += [
            str(part.get_content()) for part in parts if part.get_content_maintype() == "text"
        ]
    except Exception:  # noqa: BLE001 - it raises whatever comes
        return True
    letters = set().union(*texts)
    return any(letter in "\0\ufffd" or "\ud800" <= letter <= "\udfff" for letter in letters)


def sample(raws: list[bytes]) -> list[bytes]:
    """All that are odd, and some of the rest."""
    odd = {raw for raw in raws if is_odd(raw)}
    plain = [raw for raw in raws if raw not in odd]
    assert odd
    return [*odd, *plain[::12]]


@needs_real_mail
def test_every_real_message_is_taken_in_once(cast: Cast, database: Database) -> None:
    """Every one on SQLite; on PostgreSQL, whose text is pickier, those that could show it."""
    raws = list(dict.fromkeys(path.read_bytes() for path in files(".")))
    if not database.is_sqlite:
        raws = sample(raws)
    senders = Counter(read_message(raw).from_address or "" for raw in raws)
    del senders[""]
    # Some of the senders are candidates, so that every way through the door is taken.
    candidates = [
        cast.ben.candidate(emails=[{"address": address}])
        for address, _ in senders.most_common(6)
        if address.isascii()
    ]
    outcomes: Counter[str] = Counter()
    for raw in raws:
        response = send(cast.ben, raw)
        assert response.status_code in {200, 201}, (raw[:200], response.text)
        outcomes[response.json()["outcome"]] += 1
    assert outcomes.keys() >= {"follow_up", "unassigned", "automated"}
    for raw in raws[::12]:
        response = send(cast.ben, raw)
        assert (response.status_code, response.json()["outcome"]) == (200, "duplicate")
    kept = sum(len(follow_ups(cast.ben, one)) for one in candidates)
    assert kept == outcomes["follow_up"]
    with database.transaction(Mode.READ, cast.ben.organization_id) as session:
        rows = session.scalar(
            select(func.count()).where(IntakeMessage.organization_id == cast.ben.organization_id)
        )
    assert rows == len(raws)
