"""The story of the service, told by the generated Python client against a live server.

FIRSTINLINE_URL and FIRSTINLINE_KEY say where and as whom; what was read is printed as JSON.
"""

import json
import os
from collections.abc import Callable
from datetime import UTC, date, datetime
from uuid import UUID

import firstinline_client as fil
from firstinline_client.exceptions import ApiException

AS_OF = datetime(2019, 5, 13, 9, tzinfo=UTC)
ADVICE = [
    ("Two solid semesters of grades", "academics", 3),
    ("A job with customers: call center, restaurant or retail", "customer-facing", 3),
    ("Join a student club", "leadership", 2),
]
# day, number of the advice it names, kind and title of the milestone
LETTERS = [
    (date(2018, 10, 25), 2, "job", "Greeter at a steakhouse"),
    (date(2018, 11, 26), 2, "promotion", "Waiter"),
    (date(2019, 1, 7), 1, "grade", "Dean's List"),
    (date(2019, 2, 11), 3, "association", "Marketing club"),
    (date(2019, 3, 11), 2, "award", "Employee of the month"),
    (date(2019, 4, 8), None, "book", "A book about selling"),
]


class Story:
    """The story, chapter by chapter; every call goes over a socket."""

    def __init__(self, client: fil.ApiClient) -> None:
        self.candidates = fil.CandidatesApi(client)
        self.positions = fil.PositionsApi(client)
        self.applications = fil.ApplicationsApi(client)
        self.follow_ups = fil.FollowUpsApi(client)
        self.upserts = fil.UpsertsApi(client)
        self.shortlists = fil.ShortlistsApi(client)

    def open_internship(self) -> UUID:
        """Write an internship down with one seat, and open it."""
        wanted = fil.RequirementCreate(competency="customer-facing", min_level=3, kind="must_have")
        position = self.positions.create_position(
            fil.PositionCreate(
                title="Summer sales internship",
                job_family="sales",
                openings=1,
                starts_on=date(2019, 5, 27),
                requirements=[wanted],
            )
        )
        opened = self.positions.open_position(
            position.id, position_step=fil.PositionStep(effective_at=_at(date(2018, 9, 1)))
        )
        assert opened.status == "open"
        return position.id

    def hire_somebody(self, position_id: UUID) -> UUID:
        """Fill the seat; the same keyed write twice is one candidate."""
        body = fil.CandidateCreate(full_name="Max Mustermann")
        first = self.candidates.create_candidate(body, idempotency_key="max")
        assert self.candidates.create_candidate(body, idempotency_key="max").id == first.id
        application_id = self._apply(first.id, position_id)
        hired = self.applications.hire_application(
            application_id,
            application_hire=fil.ApplicationHire(hired_at=_at(date(2018, 10, 5))),
        )
        assert hired.status == "hired"
        return application_id

    def turn_down(self, position_id: UUID) -> tuple[UUID, UUID]:
        """Reject the student with three pieces of advice."""
        student = self.candidates.create_candidate(
            fil.CandidateCreate(
                full_name="Sam Porter",
                available_from=date(2019, 1, 1),
                emails=[fil.EmailCreate(address="sam@student.example")],
                external_ids=[fil.ExternalId(source="ats", type="candidate", id="17")],
            )
        )
        application_id = self._apply(student.id, position_id)
        advice = [
            fil.AdviceBody(text=text, competency=competency, target_level=level)
            for text, competency, level in ADVICE
        ]
        rejected = self.applications.reject_application(
            application_id,
            fil.ApplicationReject(
                rejected_at=datetime(2018, 10, 4, 16, tzinfo=UTC),
                reason="Not yet",
                follow_ups_invited="yes",
                keep_in_touch=fil.KeepInTouchBody(granted=True),
                advice=advice,
            ),
        )
        assert rejected.status == "rejected"
        return student.id, application_id

    def keep_in_touch(self, student_id: UUID) -> None:
        """Write once a month; what is written names the advice and reports what was done."""
        given = {one.number: one.id for one in self.applications.list_advice(student_id).items}
        assert sorted(given) == [1, 2, 3]
        for day, number, kind, title in LETTERS:
            advice_id = given[number] if number else None
            sent = self.follow_ups.create_follow_up(
                student_id,
                fil.FollowUpCreate(
                    occurred_at=_at(day),
                    channel="email",
                    advice_ids=[advice_id] if advice_id else [],
                    milestones=[fil.MilestoneCreate(kind=kind, title=title, advice_id=advice_id)],
                ),
            )
            assert sent.milestones[0].status == "reported"

    def lose_the_hire(self, application_id: UUID) -> None:
        """Two weeks before the start whoever was hired withdraws: the seat is open again."""
        lost = self.applications.withdraw_application(
            application_id,
            application_withdraw=fil.ApplicationWithdraw(
                withdrawn_at=AS_OF, reason="Another offer"
            ),
        )
        assert lost.status == "withdrawn"

    def read_the_shortlist(self, position_id: UUID, student_id: UUID) -> fil.EntryRead:
        """Rank as of that day, read the list again, and replay it."""
        made = self.shortlists.create_shortlist(
            position_id, shortlist_create=fil.ShortlistCreate(as_of=AS_OF)
        )
        found = self.shortlists.read_shortlist(made.id)
        assert found.entries == made.entries
        assert self.shortlists.replay_shortlist(made.id).identical
        first = found.entries[0]
        assert first.candidate is not None
        assert (first.rank, first.candidate.id) == (1, student_id)
        assert first.persistence is not None
        assert round(first.persistence, 6) == 0.397194
        return first

    def hire_the_student(self, position_id: UUID, application_id: UUID) -> None:
        """The position that turned him down hires him; its one seat is filled once."""
        self.applications.hire_application(
            application_id,
            application_hire=fil.ApplicationHire(hired_at=_at(date(2019, 5, 13))),
        )
        seats = self.positions.list_openings(position_id).items
        assert [(seat.status, seat.application_id) for seat in seats] == [
            ("filled", application_id)
        ]

    def correct(self, student_id: UUID) -> None:
        """A batch, a correction under If-Match, a stale one, a deletion, and nobody."""
        item = fil.FollowUpPut(
            candidate=fil.CandidateNamed(
                external_id=fil.ExternalId(source="ats", type="candidate", id="17")
            ),
            occurred_at=datetime(2019, 5, 12, 9, tzinfo=UTC),
            channel="call",
            direction="outbound",
        )
        done = self.upserts.create_follow_ups(fil.FollowUpBatch(items=[item])).items[0]
        assert done.outcome == "created"
        assert done.id is not None
        self.follow_ups.delete_follow_up(done.id)
        before = self.candidates.read_candidate_with_http_info(student_id)
        etag = (before.headers or {})["etag"]
        moved = self.candidates.update_candidate(
            student_id, fil.CandidateUpdate(location="Utah", tags=["hired"]), if_match=etag
        )
        assert (moved.location, moved.tags) == ("Utah", ["hired"])
        cleared = self.candidates.update_candidate(student_id, fil.CandidateUpdate(location=None))
        assert (cleared.location, cleared.tags) == (None, ["hired"])
        stale = _problem(
            lambda: self.candidates.update_candidate(
                student_id, fil.CandidateUpdate(), if_match=etag
            )
        )
        assert stale.type == "/problems/stale-version"
        assert _problem(lambda: self.candidates.read_candidate(UUID(int=0))).status == 404

    def _apply(self, candidate_id: UUID, position_id: UUID) -> UUID:
        return self.applications.create_application(
            fil.ApplicationCreate(
                candidate_id=candidate_id,
                position_id=position_id,
                applied_at=datetime(2018, 9, 15, 9, tzinfo=UTC),
            )
        ).id


def _at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 15, tzinfo=UTC)


def _problem(ask: Callable[[], object]) -> fil.ProblemBody:
    try:
        ask()
    except ApiException as error:
        found = fil.ProblemBody.from_json(error.body or "")
        assert found is not None
        return found
    raise AssertionError("a problem was expected")


def main() -> None:
    """Tell the story."""
    configuration = fil.Configuration(
        host=os.environ["FIRSTINLINE_URL"], access_token=os.environ["FIRSTINLINE_KEY"]
    )
    with fil.ApiClient(configuration) as client:
        story = Story(client)
        position_id = story.open_internship()
        hired_id = story.hire_somebody(position_id)
        student_id, application_id = story.turn_down(position_id)
        story.keep_in_touch(student_id)
        story.lose_the_hire(hired_id)
        first = story.read_the_shortlist(position_id, student_id)
        story.hire_the_student(position_id, application_id)
        story.correct(student_id)
    print(json.dumps({"rank": first.rank, "persistence": first.persistence}))


if __name__ == "__main__":
    main()
