"""The story that `make run` and every sandbox load: a seat that re-opens, and who could fill it.

Its dates are those of the worked example in docs/persistence.md, moved so that 13 May 2019 is
today.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from app.applications.actions.applying import create_application
from app.applications.actions.hiring import hire_application
from app.applications.actions.leaving import withdraw_application
from app.applications.actions.rejecting import reject_application
from app.applications.rules import AdviceItem, Contract, Giver, KeepInTouch
from app.candidates.actions import create_candidate
from app.candidates.rules import Address, Level
from app.core.clock import now
from app.entry.actor import Actor
from app.external_ids.rules import Name
from app.follow_ups.actions import MilestoneDraft, record_follow_up
from app.positions.actions import create_position, open_position
from app.positions.rules import Wanted

POSITION = Name("demo", "position", "summer-sales-internship")
TITLE = "Summer sales internship"
_TODAY_IN_THE_STORY = date(2019, 5, 13)
_CUSTOMERS = "customer-facing"

_ADVICE = (
    AdviceItem("Two solid semesters of grades", "academics", 3, "A report card"),
    AdviceItem(
        "A job with customers: call center, restaurant or retail", _CUSTOMERS, 3, "A job of months"
    ),
    AdviceItem("Join a student club", "leadership", 2, "Membership, better an office"),
)


@dataclass(frozen=True)
class Letter:
    """A follow-up: its day, the numbers of the advice it names, and what it reports."""

    day: str
    subject: str
    body: str
    advice: tuple[int, ...] = ()
    kind: str | None = None
    title: str = ""
    quote: str | None = None
    hour: int = 15


@dataclass(frozen=True)
class Person:
    """An applicant who was turned down, and what they wrote since."""

    name: str
    letters: Sequence[Letter] = ()
    assessed: int | None = 3
    advised: bool = True
    consent: bool | None = True
    rejected_on: str = "2018-10-04"
    available: bool = True
    is_finalist: bool = False
    tags: tuple[str, ...] = field(default=())


_SAM = (
    Letter(
        "2018-10-25",
        "A first step",
        "You told me to find a job with customers. I started as a greeter at a steakhouse.",
        (2,),
        "job",
        "Greeter at a steakhouse",
        "I started as a greeter at a steakhouse.",
    ),
    Letter(
        "2018-11-26",
        "Promoted",
        "They made me a waiter. I like the evenings when everybody comes at once.",
        (2,),
        "promotion",
        "Waiter",
        "They made me a waiter.",
    ),
    Letter(
        "2019-01-07",
        "Grades",
        "I am on the Dean's List. I can send you the report card if you want it.",
        (1,),
        "grade",
        "Dean's List",
        "I am on the Dean's List.",
    ),
    Letter(
        "2019-02-11",
        "The marketing club",
        "I joined the marketing club and I am running for an office.",
        (3,),
        "association",
        "Marketing club",
        "I joined the marketing club and I am running for an office.",
    ),
    Letter(
        "2019-03-11",
        "Employee of the month",
        "Employee of the month, out of forty people.",
        (2,),
        "award",
        "Employee of the month",
        "Employee of the month, out of forty people.",
    ),
    Letter(
        "2019-04-08",
        "A book",
        "I read the book about selling that you mentioned.",
        (),
        "book",
        "A book about selling",
        "I read the book about selling that you mentioned.",
    ),
)


def _plain(day: str, hour: int = 15) -> Letter:
    return Letter(day, "Still interested", "I am still interested in the internship.", hour=hour)


def _flood() -> list[Letter]:
    return [_plain(f"2019-05-{1 + (9 + 6 * n) // 24:02d}", (9 + 6 * n) % 24) for n in range(40)]


def _monthly() -> list[Letter]:
    months = [divmod(n + 5, 12) for n in range(24)]
    return [_plain(f"{2017 + year}-{month + 1:02d}-03", 8) for year, month in months]


PEOPLE = (
    Person("Sam Porter", _SAM, assessed=None),
    Person("Robin Clockwork", _monthly(), rejected_on="2017-05-02", advised=False),
    Person("Florian Flut", _flood()),
    Person("Ingrid Once", [_plain("2018-10-25")]),
    Person("Noor Unassessed", [_plain("2019-04-01")], assessed=None),
    Person("Jun Undecided", [_plain("2019-03-20")], available=False),
    Person("Silvia Still", assessed=5, is_finalist=True),
    Person("Rafael Refused", [_plain("2019-04-01")], consent=False),
    Person("Bea Beginner", [_plain("2019-04-02")], assessed=1),
)


@dataclass(frozen=True)
class Loaded:
    """What the story left behind."""

    position_id: UUID
    shortlist_id: UUID | None


class Story:
    """Tells the story once, into one transaction of the mode LIST."""

    def __init__(self, session: Session, actor: Actor, today: date) -> None:
        self.session = session
        self.actor = actor
        self.shift = today - _TODAY_IN_THE_STORY

    def at(self, day: str, hour: int = 12) -> datetime:
        """Return the story's day, moved; never ahead of now."""
        moved = date.fromisoformat(day) + self.shift
        instant = datetime.combine(moved, time(hour % 24), UTC)
        return min(instant, now())

    def tell(self) -> Loaded:
        """Open the position, fill it, let everybody write, and lose the hire today."""
        position_id = self._open()
        winner = create_candidate(self.session, self.actor, full_name="Max Mustermann").candidate
        hired = create_application(
            self.session,
            self.actor,
            candidate_id=winner.id,
            position_id=position_id,
            applied_at=self.at("2018-09-10"),
            is_finalist=True,
        )
        hire_application(self.session, self.actor, hired.id, hired_at=self.at("2018-10-05"))
        for person in PEOPLE:
            self._turn_down(person, position_id)
        lost = withdraw_application(self.session, self.actor, hired.id, reason="Took another offer")
        return Loaded(position_id, lost.shortlist_id)

    def _open(self) -> UUID:
        position = create_position(
            self.session,
            self.actor,
            title=TITLE,
            department="Sales",
            job_family="sales",
            location="Cincinnati",
            starts_on=_TODAY_IN_THE_STORY + self.shift + timedelta(days=14),
            requirements=[
                Wanted(_CUSTOMERS, 3, "must_have", 2.0),
                Wanted("academics", 3, "nice_to_have", 1.0),
                Wanted("leadership", 2, "nice_to_have", 1.0),
            ],
            external_ids=[POSITION],
        )
        open_position(self.session, self.actor, position.id, effective_at=self.at("2018-09-01"))
        return position.id

    def _turn_down(self, person: Person, position_id: UUID) -> None:
        address = f"{person.name.split()[0].lower()}@mail.example"
        candidate = create_candidate(
            self.session,
            self.actor,
            full_name=person.name,
            emails=[Address(address)],
            competencies=[]
            if person.assessed is None
            else [Level(_CUSTOMERS, person.assessed, "assessed")],
            available_from=_TODAY_IN_THE_STORY + self.shift if person.available else None,
            tags=person.tags,
        ).candidate
        application = create_application(
            self.session,
            self.actor,
            candidate_id=candidate.id,
            position_id=position_id,
            applied_at=self.at(person.rejected_on) - timedelta(days=20),
            furthest_stage="Final interview" if person.is_finalist else "Interview",
            is_finalist=person.is_finalist,
        )
        rejected = reject_application(
            self.session,
            self.actor,
            application.id,
            rejected_at=self.at(person.rejected_on, 16),
            reason="Not yet",
            decided_by=Giver(user_id=self.actor.user_id),
            contract=Contract(
                follow_ups_invited="yes",
                keep_in_touch=None if person.consent is None else KeepInTouch(person.consent),
            ),
            advice=_ADVICE if person.advised else (),
        )
        numbers = {row.number: row.id for row in rejected.advice}
        for letter in person.letters:
            self._receive(candidate.id, letter, numbers)

    def _receive(self, candidate_id: UUID, letter: Letter, numbers: dict[int, UUID]) -> None:
        about = [numbers[number] for number in letter.advice]
        milestones = []
        if letter.kind is not None:
            achieved = (date.fromisoformat(letter.day) + self.shift) - timedelta(days=1)
            milestones.append(
                MilestoneDraft(
                    letter.kind,
                    letter.title,
                    achieved,
                    about[0] if about else None,
                    letter.quote,
                )
            )
        record_follow_up(
            self.session,
            self.actor,
            candidate_id,
            channel="email",
            occurred_at=self.at(letter.day, letter.hour),
            dating="trusted",
            subject=letter.subject,
            body=letter.body,
            advice_ids=about,
            milestones=milestones,
        )
