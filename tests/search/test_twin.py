"""The index of either store finds whom their rows, read one by one, would find."""

import random
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from app.core.database import Database, Mode
from app.search.actions import forget_person, index_at_once
from app.search.queries.finding import Found, Passing, Place, found_candidates
from app.search.rules.asked import asked_words
from app.search.rules.terms import Profile, Source, Text
from tests.cast import Cast

# Words that begin one another, are a slip apart, and stand in names as in texts.
WORDS = (
    *("sam", "sami", "samir", "samira", "samirah", "porter", "porters", "portier", "port"),
    *("東京", "東京都", "京", "o'brien", "obrien", "0171", "01715550100", "work", "worker"),
)
LIMIT = 4


def few(chosen: random.Random, most: int) -> str:
    return " ".join(chosen.sample(WORDS, chosen.randint(1, most)))


def write(session: Session, chosen: random.Random, people: list[UUID]) -> None:
    """Let people be found by a profile, advice and follow-ups of random words."""
    profiles, texts, at = [], [], datetime(2019, 5, 13, tzinfo=UTC)
    for who in people:
        forget_person(session, who)
        name = few(chosen, 2)
        at += timedelta(days=1)
        profiles.append(Profile(who, name, (few(chosen, 1),), (few(chosen, 2),), at))
        for source in (Source.ADVICE, *[Source.FOLLOW_UP] * chosen.randint(0, 3)):
            when = at + timedelta(days=chosen.randint(-9, 9))
            subject = UUID(int=chosen.getrandbits(128))
            texts.append(Text(source, subject, who, name, few(chosen, 3), when))
    index_at_once(session, profiles, texts)


def pages(session: Session, q: str, passing: Passing | None) -> list[list[Found]]:
    """Return who is found, page by page."""
    told: list[list[Found]] = []
    after: Place | None = None
    while not told or after is not None:
        page = found_candidates(session, asked_words(q), after=after, limit=LIMIT, passing=passing)
        told.append(page.items)
        after = page.following
    return told


def test_the_index_finds_whom_their_rows_would(cast: Cast, database: Database) -> None:
    people = [UUID(cast.ben.candidate()) for _ in range(14)]
    everybody = Passing(keep=lambda ids: ids, few=people)
    seed = random.SystemRandom().getrandbits(32)
    chosen = random.Random(seed)
    with database.transaction(Mode.WRITE, cast.ben.organization_id) as session:
        write(session, chosen, people)
        asked = {few(chosen, 3)[: chosen.randint(2, 20)].strip(" '") for _ in range(40)}
        wrong = {}
        for q in asked:
            by_index, by_rows = pages(session, q, None), pages(session, q, everybody)
            if [one for page in by_index for one in page] != [
                one for page in by_rows for one in page
            ]:
                wrong[q] = by_index, by_rows
        assert wrong == {}, seed
