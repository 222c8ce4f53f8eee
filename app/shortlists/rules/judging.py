"""A row of a list held against a question: the gates, the numbers, the key to stand in order by.

What is the same for many (the fit of the same levels, of the same positions tried) is worked out
once a question.
"""

from typing import Any, Final
from uuid import UUID

from app.shortlists.rules.fit import NO_PAST_TRY_NEAR, nearness, weighed
from app.shortlists.rules.gates import Answer, reached
from app.shortlists.rules.match import Section, compared, match_of, persistence_of
from app.shortlists.rules.postings import levels_in, pauses_in, tried_in
from app.shortlists.rules.question import Question

# A candidate's id as the store gives it (only compared), the place, and a Posting's fields: opens
# on, closes on, available from, levels, tried, momentum, progress, pauses; last their digest.
Row = tuple[Any, float, int, int, int | None, str, str, float | None, float, str | None, Any]
# Compared from the left, the least first; ends in the id.
Key = tuple[float, float, Any]
# A level and what of it was verified.
_DIGITS: Final = 2


class Judge:
    """Gives the keys of those who stand in one section."""

    def __init__(self, question: Question, section: Section) -> None:
        self._question = question
        self._section: Final = section
        self._name = question.position.position_id.hex
        self._weighs = question.total_weight > 0.0
        self._asks = self._weighs or bool(question.must_haves)
        self._asked = [f" {name}:" for name in question.competencies]
        self._today = question.today.toordinal()
        latest = question.latest_start
        self._latest = None if latest is None else latest.toordinal()
        self._by_levels: dict[str, tuple[float, Answer]] = {}
        self._by_tried: dict[str, tuple[float, bool]] = {}
        self._by_position: dict[str, float] = {}

    def __call__(self, row: Row) -> Key | None:
        """Give the key; None for who stands elsewhere, or nowhere.

        Of rows alike the keys are equal but for the id, or none has one.
        """
        id_, place, opens_on, closes_on, available, levels, tried, *rest = row
        momentum, progressed, pauses, _ = rest
        if not opens_on <= self._today <= closes_on:
            return None
        unknown = self._latest is not None and available is None
        if self._latest is not None and available is not None and available > self._latest:
            return None
        fitting, answer = 0.0, Answer.MET
        if self._asks:
            known = "".join([self._known(levels, each) for each in self._asked])
            fitting, answer = self._by_levels.get(known) or self._level(known, levels)
        if not self._weighs or self._name in tried:
            near, shut = self._by_tried.get(tried) or self._trying(tried)
            if shut:
                return None
            fitting = fitting if self._weighs else near
        if answer is Answer.UNMET:
            return None
        if momentum is None:
            return (-compared(fitting), place, id_)
        unknown = unknown or answer is Answer.UNKNOWN
        if unknown is not (self._section is Section.TO_CHECK):
            return None
        question = self._question
        persistence, effective = persistence_of(
            momentum, pauses_in(pauses) if pauses else (), question
        )
        match = match_of(persistence, fitting, progressed, question.policy)
        return (-compared(match), -effective, id_)

    @staticmethod
    def _known(levels: str, asked: str) -> str:
        at = levels.find(asked)
        return "" if at < 0 else levels[at : at + len(asked) + _DIGITS]

    def _level(self, known: str, text: str) -> tuple[float, Answer]:
        question = self._question
        levels = levels_in(text, question.competencies)
        answers = {reached(levels.get(each.competency), each) for each in question.must_haves}
        answer = next((each for each in (Answer.UNMET, Answer.UNKNOWN) if each in answers), None)
        fitting = weighed(question, levels) if question.total_weight else 0.0
        found = self._by_levels[known] = (fitting, answer or Answer.MET)
        return found

    def _trying(self, tried: str) -> tuple[float, bool]:
        flags = tried_in(tried)
        near = max(map(self._nearness, flags), default=NO_PAST_TRY_NEAR)
        found = self._by_tried[tried] = (near, bool(flags.get(self._name)))
        return found

    def _nearness(self, position: str) -> float:
        near = self._by_position.get(position)
        if near is None:
            near = nearness(self._question.position, [UUID(position)])
            self._by_position[position] = near
        return near
