"""One made-up candidate: what happened to them in the last two years, told to the ledger.

The history is random, the same for the same seed and number; what follows from it (states of
advice, credits, momentum, the row of the ranking) is computed by the product's own rules, so that
the ranking is the real one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any, Final
from uuid import UUID

from app.core.clock import EVER
from app.facts.rules import CandidateRecord, FactRow, Kind, candidate_record
from app.organizations.rules import ScoringPolicy
from app.persistence_scores.queries import counted_follow_ups, pauses_of
from app.persistence_scores.rules import momentum, period_credits
from app.search.rules.terms import (
    Profile,
    Source,
    Text,
    follow_up_text,
    mark_of,
    profile_terms,
    text_terms,
)
from app.shortlists.actions.posting import posting_rows
from app.shortlists.queries.states import candidate_state
from app.shortlists.rules.fit import progress
from app.shortlists.rules.postings import postings_of
from bench.numbering import Numbering
from bench.tables import Rows
from bench.words import (
    ADVICE,
    CHANNELS,
    CITIES,
    COMPETENCIES,
    FIRST_NAMES,
    LAST_NAMES,
    MILESTONES,
    RARE,
    SENTENCES,
    STAGES,
    TAGS,
)

SEED: Final = 20_181_004
DAYS: Final = 730
MOST_FOLLOW_UPS: Final = 150


@dataclass(frozen=True, slots=True)
class Setting:
    """What all candidates share: the organization, its people, and when the data was made."""

    organization_id: UUID
    policy: ScoringPolicy
    user_ids: Sequence[UUID]
    reason_ids: Sequence[UUID]
    position_ids: Sequence[UUID]
    api_key_id: UUID
    # Everything had been imported by this instant.
    made_at: datetime
    candidates: int

    def imported_at(self, number: int) -> datetime:
        """Return when a candidate was imported: one a millisecond."""
        return self.made_at - timedelta(milliseconds=self.candidates - number)


@dataclass(slots=True)
class Person:
    """A candidate in the making."""

    setting: Setting
    number: int
    rows: Rows
    random: Random
    numbering: Numbering
    id: UUID
    ledger: list[FactRow] = field(default_factory=list)
    # (id, given_at) of each piece of advice.
    advice: list[tuple[UUID, datetime]] = field(default_factory=list)
    advice_rows: list[dict[str, Any]] = field(default_factory=list)
    # What they are found by beside their profile.
    texts: list[Text] = field(default_factory=list)
    full_name: str = ""
    owner_id: UUID | None = None
    awaiting_reply_since: datetime | None = None

    def add(self, table: str, **values: Any) -> None:
        """Keep a row of this organization."""
        self.rows.add(table, **values)

    def tell(self, kind: Kind, subject_id: UUID, at: datetime, value: dict[str, Any]) -> None:
        """Tell the ledger."""
        fact = FactRow(
            self.numbering.id(), subject_id, kind, at, self.numbering.recorded_at(), value
        )
        self.ledger.append(fact)
        self.add(
            "facts",
            id=fact.id,
            subject_id=subject_id,
            candidate_id=self.id,
            kind=str(kind),
            effective_at=at,
            recorded_at=fact.recorded_at,
            value=value,
        )

    def note(
        self, event: str, subject_type: str, subject_id: UUID, changes: dict[str, Any], **data: Any
    ) -> None:
        """Write the audit row, and the event that others can follow."""
        at = self.numbering.imported_at
        self.add(
            "audit_log",
            id=self.numbering.id(),
            at=at,
            action=event,
            subject_type=subject_type,
            subject_id=subject_id,
            candidate_id=self.id,
            user_id=self.setting.user_ids[0],
            api_key_id=self.setting.api_key_id,
            changes=changes,
            updated_at=at,
        )
        if not event.startswith("pause."):
            self.add(
                "events",
                id=self.numbering.id(),
                sequence=self.numbering.sequence(self.number),
                type=event,
                data={f"{subject_type}_id": str(subject_id), "candidate_id": str(self.id), **data},
                created_at=at,
            )

    def say(self, source: Source, subject_id: UUID, text: str, at: datetime) -> None:
        """Keep a text that they are to be found by."""
        self.texts.append(Text(source, subject_id, self.id, self.full_name, text, at))

    def chance(self, share: float) -> bool:
        """Tell whether one of that share of all is meant."""
        return self.random.random() < share


def add_person(setting: Setting, number: int, rows: Rows) -> int:
    """Add all rows of candidate `number`, 0 the first; return how many follow-ups are theirs."""
    random = Random(SEED * 1_000_003 + number)
    numbering = Numbering(setting.imported_at(number), random)
    person = Person(setting, number, rows, random, numbering, numbering.id())
    person.tell(Kind.EXISTENCE, person.id, EVER, {"state": "present"})
    profile = _profile(person)
    first_rejected_at = _applications(person)
    _consents(person, first_rejected_at)
    follow_ups = _follow_ups(person, first_rejected_at)
    _pauses(person)
    _found_by(person)
    record = candidate_record(person.id, person.ledger)
    _projection(person, record)
    rows.add(
        "candidates",
        id=person.id,
        **profile,
        available_from=record.available_from,
        do_not_contact=record.do_not_contact,
        relationship_owner_id=person.owner_id,
        awaiting_reply_since=person.awaiting_reply_since,
        custom_fields={},
        **_root(person),
    )
    return follow_ups


def _root(person: Person) -> dict[str, Any]:
    at = person.numbering.imported_at
    return {"version": 1, "created_at": at, "updated_at": at}


def _profile(person: Person) -> dict[str, Any]:
    random, number = person.random, person.number
    name = person.full_name = f"{random.choice(FIRST_NAMES)} {random.choice(LAST_NAMES)}"
    address = f"{name.lower().replace(' ', '.')}.{number}@mail.example"
    addresses = [address, f"c{number}@work.example"] if person.chance(0.2) else [address]
    for position, each in enumerate(addresses):
        person.add(
            "candidate_emails",
            id=person.numbering.id(),
            candidate_id=person.id,
            position=position,
            address=each,
            folded=each,
            type="personal" if position == 0 else "work",
        )
    phones = [f"+1555{number:07d}"] if person.chance(0.5) else []
    for phone in phones:
        person.add(
            "candidate_phones",
            id=person.numbering.id(),
            candidate_id=person.id,
            position=0,
            number=phone,
            type="mobile",
        )
    tags = sorted(set(random.choices(TAGS, k=random.randrange(3))))
    for tag in tags:
        person.add("candidate_tags", candidate_id=person.id, tag=tag)
    person.add(
        "external_ids",
        source="ats",
        type="candidate",
        external_id=str(number),
        subject_type="candidate",
        subject_id=person.id,
    )
    if person.chance(0.6):
        day = person.setting.made_at.date() + timedelta(days=random.randrange(-60, 60))
        person.tell(Kind.AVAILABLE_FROM, person.id, EVER, {"on": day.isoformat()})
    if person.chance(0.01):
        person.tell(Kind.DO_NOT_CONTACT, person.id, EVER, {"flag": True})
    _competencies(person)
    person.note("candidate.created", "candidate", person.id, {"full_name": name})
    location = random.choice(CITIES)
    told = (*addresses, *phones, *([location] if location else ()))
    profile = Profile(person.id, name, told, tuple(tags), person.numbering.imported_at)
    mark = mark_of(person.setting.organization_id)
    _text(person, Source.PROFILE, person.id, profile_terms(mark, profile), profile.at)
    return {"full_name": name, "location": location}


def _text(
    person: Person, source: Source, subject_id: UUID, terms: Sequence[str], at: datetime
) -> None:
    person.add(
        "search_texts",
        source=str(source),
        number=person.numbering.text(at, person.number),
        candidate_id=person.id,
        subject_id=subject_id,
        terms=terms,
    )


def _found_by(person: Person) -> None:
    mark = mark_of(person.setting.organization_id)
    for text in person.texts:
        _text(person, text.source, text.subject_id, text_terms(mark, text), text.at)


def _competencies(person: Person) -> None:
    random = person.random
    known = set(random.choices(COMPETENCIES, k=random.randrange(4)))
    if person.chance(0.01):
        known.add(RARE)
    for competency in sorted(known):
        source = "assessed" if person.chance(0.4) else "declared"
        level = random.choices((1, 2, 3, 4, 5), (10, 25, 35, 20, 10))[0]
        row_id = person.numbering.id()
        person.add(
            "candidate_competencies",
            id=row_id,
            candidate_id=person.id,
            competency=competency,
            source=source,
            level=level,
            effective_at=EVER,
        )
        value = {"competency": competency, "source": source, "level": level}
        person.tell(Kind.COMPETENCY, row_id, EVER, value)


# -------------------------------------------------------------------------- tries and rejections


def _applications(person: Person) -> datetime | None:
    """Add one or two tries; return when the first of them was turned down."""
    random, setting = person.random, person.setting
    first = setting.made_at - timedelta(days=1 + random.random() * (DAYS - 2))
    when = [first]
    if person.chance(0.25):
        when.append(first + (setting.made_at - first) * random.random())
    rejected = []
    for position_id, at in zip(random.sample(setting.position_ids, len(when)), when, strict=True):
        fate = random.choices(("rejected", "active", "withdrawn", "hired"), (93, 4, 2, 1))[0]
        application_id = _application(person, position_id, fate, at)
        if fate == "rejected":
            _reject(person, application_id, position_id, at)
            rejected.append(at)
    return min(rejected, default=None)


def _application(person: Person, position_id: UUID, fate: str, at: datetime) -> UUID:
    random, application_id = person.random, person.numbering.id()
    told = person.chance(0.85)
    applied_at = at - timedelta(days=random.randrange(5, 40)) if told else None
    stage, finalist = random.choice(STAGES), person.chance(0.1)
    person.add(
        "applications",
        id=application_id,
        candidate_id=person.id,
        position_id=position_id,
        custom_fields={},
        status=fate,
        applied_at=applied_at,
        furthest_stage=stage,
        is_finalist=finalist,
        hired_at=at if fate == "hired" else None,
        withdrawn_at=at if fate == "withdrawn" else None,
        **_root(person),
    )
    value = {
        "position_id": str(position_id),
        "status": "active",
        "applied_at": None if applied_at is None else applied_at.isoformat(),
        "furthest_stage": stage,
        "is_finalist": finalist,
    }
    person.tell(Kind.APPLICATION, application_id, applied_at or EVER, value)
    where = {"position_id": str(position_id)}
    person.note("application.created", "application", application_id, {}, **where)
    if fate != "active":
        person.tell(Kind.APPLICATION, application_id, at, {**value, "status": fate})
        if fate != "rejected":
            person.note(f"application.{fate}", "application", application_id, {}, **where)
    return application_id


def _reject(person: Person, application_id: UUID, position_id: UUID, at: datetime) -> None:
    random, rejection_id = person.random, person.numbering.id()
    never = person.chance(0.01)
    later = at.date() + timedelta(days=180) if person.chance(0.1) else None
    decided_by = random.choice(person.setting.user_ids)
    person.add(
        "rejections",
        id=rejection_id,
        application_id=application_id,
        candidate_id=person.id,
        rejected_at=at,
        rejection_reason_id=random.choice(person.setting.reason_ids),
        details=random.choice(SENTENCES),
        decided_by_user_id=decided_by,
        never_reconsider=never,
        reconsider_on=later,
        follow_ups_invited="yes",
        recorded_at=person.numbering.recorded_at(),
    )
    value = {
        "application_id": str(application_id),
        "rejected_at": at.isoformat(),
        "stands": True,
        "never_reconsider": never,
        "reconsider_on": None if later is None else later.isoformat(),
        "follow_ups_invited": "yes",
    }
    person.tell(Kind.REJECTION, rejection_id, at, value)
    ids = {"position_id": str(position_id), "rejection_id": str(rejection_id)}
    person.note("application.rejected", "application", application_id, {"reason": "told"}, **ids)
    for number in range(1, random.randrange(4) + 1):
        _advise(person, application_id, rejection_id, number, at)
    if person.advice:
        person.owner_id = person.owner_id or decided_by
        person.note("advice.given", "application", application_id, {}, **ids)


def _advise(
    person: Person, application_id: UUID, rejection_id: UUID, number: int, at: datetime
) -> None:
    random, advice_id = person.random, person.numbering.id()
    competency = random.choice(COMPETENCIES) if person.chance(0.8) else None
    level = random.randrange(2, 6) if competency else None
    person.advice.append((advice_id, at))
    words = random.choice(ADVICE)
    person.say(Source.ADVICE, advice_id, words, at)
    person.advice_rows.append(
        {
            "id": advice_id,
            "candidate_id": person.id,
            "application_id": application_id,
            "rejection_id": rejection_id,
            "number": number,
            "text": words,
            "competency": competency,
            "target_level": level,
            "given_at": at,
            "given_by_user_id": random.choice(person.setting.user_ids),
            **_root(person),
        }
    )
    value = {
        "application_id": str(application_id),
        "rejection_id": str(rejection_id),
        "number": number,
        "competency": competency,
        "target_level": level,
        "given_at": at.isoformat(),
        "state": None,
    }
    person.tell(Kind.ADVICE, advice_id, at, value)


# --------------------------------------------------------------------------- consents and pauses


def _consents(person: Person, first_rejected_at: datetime | None) -> None:
    """5 % refuse to be contacted, one in ten was never asked; 1 % object to the score."""
    at = first_rejected_at or person.setting.made_at - timedelta(days=30)
    drawn = person.random.random()
    if drawn >= 0.1:
        until = at.date() + timedelta(days=DAYS) if person.chance(0.3) else None
        _consent(person, "contact", at, granted=drawn >= 0.15, expires_on=until)
    if person.chance(0.01):
        _consent(person, "rank", at, granted=False, expires_on=None)


def _consent(
    person: Person, purpose: str, at: datetime, *, granted: bool, expires_on: date | None
) -> None:
    consent_id = person.numbering.id()
    until = expires_on if granted else None
    person.add(
        "consents",
        id=consent_id,
        candidate_id=person.id,
        purpose=purpose,
        granted=granted,
        basis="consent",
        granted_at=at if granted else None,
        expires_on=until,
        source="rejection",
        effective_at=at,
        updated_at=person.numbering.imported_at,
    )
    value = {
        "purpose": purpose,
        "granted": granted,
        "basis": "consent",
        "expires_on": None if until is None else until.isoformat(),
    }
    person.tell(Kind.CONSENT, consent_id, at, value)
    event = "consent.granted" if granted else "consent.refused"
    person.note(event, "consent", consent_id, value, purpose=purpose)


def _pauses(person: Person) -> None:
    if not person.chance(0.03):
        return
    today, pause_id = person.setting.made_at.date(), person.numbering.id()
    first_day = today + timedelta(days=person.random.randrange(-200, 20))
    last_day = first_day + timedelta(days=person.random.randrange(13, 60))
    starts_at = datetime.combine(first_day, time.min, UTC)
    at = min(starts_at, person.numbering.imported_at)
    days = {"first_day": first_day, "last_day": last_day}
    person.add(
        "pauses",
        id=pause_id,
        candidate_id=person.id,
        **days,
        cancelled=False,
        effective_at=at,
        updated_at=person.numbering.imported_at,
    )
    told = {name: day.isoformat() for name, day in days.items()}
    person.tell(Kind.PAUSE, pause_id, at, {**told, "cancelled": False})
    person.note("pause.declared", "pause", pause_id, told)


# ------------------------------------------------------------------------------------ follow-ups


def how_many(random: Random) -> int:
    """Draw a number of follow-ups: few from most, many from few; about nine in the mean."""
    return min(MOST_FOLLOW_UPS, int(4.5 * random.paretovariate(1.3)) - 4)


def _follow_ups(person: Person, first_rejected_at: datetime | None) -> int:
    if first_rejected_at is None:
        return 0
    random, count = person.random, how_many(person.random)
    ends_at = person.setting.made_at - timedelta(hours=1)
    room = ends_at - first_rejected_at
    instants = sorted(
        (first_rejected_at + room * random.random()).replace(microsecond=0) for _ in range(count)
    )
    for at in instants:
        at = max(at, first_rejected_at)  # noqa: PLW2901 - whole seconds may lie just before it
        automated = "auto_reply" if person.chance(0.02) else None
        _follow_up(person, at, "inbound", automated)
        if automated is None and person.awaiting_reply_since is None:
            person.awaiting_reply_since = at
        if person.chance(0.1):
            _follow_up(person, at + timedelta(minutes=30), "outbound", None)
            person.awaiting_reply_since = None
    return count


def _follow_up(person: Person, at: datetime, direction: str, automated: str | None) -> None:
    random, follow_up_id = person.random, person.numbering.id()
    open_to = [advice_id for advice_id, given_at in person.advice if given_at <= at]
    spoken = direction == "inbound" and automated is None
    named = {random.choice(open_to)} if spoken and open_to and person.chance(0.4) else set[UUID]()
    aim = random.choice(open_to) if spoken and open_to and person.chance(0.6) else None
    reports = spoken and person.chance(0.25)
    if reports and aim is not None:
        named.add(aim)
    subject = random.choice(SENTENCES)[:60]
    body = " ".join(random.choices(SENTENCES, k=random.randrange(2, 8)))
    person.add(
        "follow_ups",
        id=follow_up_id,
        candidate_id=person.id,
        occurred_at=at,
        received_at=at + timedelta(seconds=random.randrange(2, 40)),
        direction=direction,
        channel=random.choices(CHANNELS, (80, 8, 2, 1, 4, 4, 1))[0],
        subject=subject,
        body=body,
        automated=automated,
        dating="trusted",
        message_id=f"<{follow_up_id}@mail.example>",
        **_root(person),
    )
    for advice_id in sorted(named):
        person.add(
            "follow_up_advice",
            follow_up_id=follow_up_id,
            advice_id=advice_id,
            linked_by_user_id=person.setting.user_ids[0],
            linked_at=person.numbering.imported_at,
        )
    value = {
        "occurred_at": at.isoformat(),
        "direction": direction,
        "automated": automated is not None,
        "advice_ids": [str(each) for each in sorted(named)],
        "here": True,
    }
    person.tell(Kind.FOLLOW_UP, follow_up_id, at, value)
    changes = {"occurred_at": at.isoformat(), "direction": direction, "channel": "email"}
    person.note("follow_up.recorded", "follow_up", follow_up_id, changes)
    reported = _milestone(person, follow_up_id, aim, at) if reports else ()
    words = follow_up_text(subject, body, reported)
    person.say(Source.FOLLOW_UP, follow_up_id, words, at)


def _milestone(
    person: Person, follow_up_id: UUID, aim: UUID | None, at: datetime
) -> tuple[str, str]:
    """Add one; return its title and its quote."""
    random, milestone_id = person.random, person.numbering.id()
    kind, title = random.choice(MILESTONES)
    quote = random.choice(SENTENCES)
    status = random.choices(("reported", "confirmed", "refuted"), (76, 20, 4))[0]
    status_at = min(at + timedelta(days=9), person.setting.made_at - timedelta(minutes=5))
    person.add(
        "milestones",
        id=milestone_id,
        candidate_id=person.id,
        follow_up_id=follow_up_id,
        advice_id=aim,
        kind=kind,
        title=title,
        achieved_on=at.date(),
        quote=quote,
        status=status,
        status_at=at if status == "reported" else status_at,
    )
    value = {
        "follow_up_id": str(follow_up_id),
        "advice_id": None if aim is None else str(aim),
        "status": "reported",
        "here": True,
    }
    person.tell(Kind.MILESTONE, milestone_id, at, value)
    if status != "reported":
        since = status_at if status == "confirmed" else at
        person.tell(Kind.MILESTONE, milestone_id, since, {**value, "status": status})
        changes = {"status": status}
        person.note(f"milestone.{status}", "milestone", milestone_id, changes)
    return title, quote


# ------------------------------------------------------------------------------------ projection


def _projection(person: Person, record: CandidateRecord) -> None:
    """Add what the product derives from the ledger, derived by the product's own rules."""
    policy = person.setting.policy
    moved = {each.id: each for each in record.advice}
    for row in person.advice_rows:
        now = moved[row["id"]]
        person.add("advice", **row, state=now.state, state_at=now.state_at)
    counted = counted_follow_ups(record)
    periods = period_credits(counted, policy)
    for each in periods:
        person.add(
            "persistence_periods",
            candidate_id=person.id,
            policy_version=policy.version,
            period=each.period,
            touch=each.touch,
            advice=each.advice,
            milestone=each.milestone,
            last_at=each.last_at,
        )
    last = max((each.occurred_at for each in counted), default=None)
    score = momentum(periods, last, pauses_of(record), policy)
    state = candidate_state(record, score)
    ranked_by = None if state.rank_objection else state.momentum
    posted = postings_of(state, policy)
    key = {"policy_version": policy.version, "candidate_id": person.id}
    person.add(
        "ranking_rows",
        **key,
        momentum=ranked_by,
        progress=progress(state),
        available_from=state.available_from,
        state=state.pack(),
        posted="" if posted is None else posted.pack(),
    )
    if posted is not None:
        table = "quiet_postings" if posted.quiet else "ranked_postings"
        for row in posting_rows(key, posted):
            person.add(table, **row)
