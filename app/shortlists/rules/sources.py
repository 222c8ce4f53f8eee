"""Which lists the ranker reads for a section, and what fit whoever stands in them can have.

Three ways in which lists make up everybody:

- SUM: one list a requirement, and everyone's. Put in any order, everyone's last: who stands in none
  of the lists before a list has at most the fit that this one and those after it add.
- NEAREST: where nothing is weighed, the positions of the family, of the department, and everyone's:
  a fit belongs to each, and whoever has it stands in a list of it.
- ANY: who reaches every must-have stands in the list of each, so one of them is enough.
"""

import math
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

from app.shortlists.rules.fit import NO_PAST_TRY_NEAR, PAST_TRY_IN_DEPARTMENT, PAST_TRY_IN_FAMILY
from app.shortlists.rules.match import Section
from app.shortlists.rules.postings import EVERYONE, UNTOLD, of_competency, of_position
from app.shortlists.rules.question import Question

# More lists than these are not read one by one: everyone's stands for the rest.
MOST_LISTS: Final = 24
_ROUNDING: Final = 1e-12


class Makeup(Enum):
    """How the lists make up everybody."""

    SUM = "sum"
    NEAREST = "nearest"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Source:
    """A list to read.

    `share` is what standing in it adds to the fit at most, or for NEAREST the fit itself;
    `least_level` is what a must-have asks, below which nobody is in the shortlist; `competency` is
    null where the list is of something else.
    """

    name: str
    share: float
    least_level: int = 0
    competency: str | None = None


@dataclass(frozen=True, slots=True)
class Sources:
    """The lists for one section, the last of them everyone's (but for ANY)."""

    makeup: Makeup
    lists: tuple[Source, ...]


def sources_for(question: Question, section: Section) -> Sources:
    """Give the lists in which everybody of a section stands."""
    if section is Section.ENTRIES and question.must_haves:
        musts = [
            Source(of_competency(each.competency), 1.0, each.min_level, each.competency)
            for each in question.must_haves
        ]
        return Sources(Makeup.ANY, tuple(musts[:MOST_LISTS]))
    sources = _near(question) if question.total_weight == 0.0 else _weighed(question)
    if section is Section.TO_CHECK and not question.must_haves:
        # Nothing but the availability can be unknown of who wrote.
        *others, last = sources.lists
        return replace(sources, lists=(*others, replace(last, name=UNTOLD)))
    return sources


def everyone_for(question: Question, section: Section) -> Sources:
    """Give one list alone in which everybody of a section stands."""
    if section is Section.ENTRIES and question.must_haves:
        sources = sources_for(question, section)
        return replace(sources, lists=sources.lists[:1])
    return Sources(Makeup.ANY, (Source(EVERYONE, 1.0),))


def ceilings(sources: Sources) -> list[float]:
    """Give for each list the most fit of whoever stands in none of those before it."""
    shares = [each.share for each in sources.lists]
    if sources.makeup is not Makeup.SUM:
        return shares
    sums = [math.fsum(shares[at:]) for at in range(len(shares))]
    # A fit of nothing is exact; other sums may round otherwise than the fit itself.
    return [min(1.0, each + _ROUNDING) if each else 0.0 for each in sums]


def _weighed(question: Question) -> Sources:
    weights: dict[str, float] = {}
    least: dict[str, int] = {}
    for each in question.position.requirements:
        weights[each.competency] = weights.get(each.competency, 0.0) + each.weight
        if each.is_must_have:
            least[each.competency] = max(least.get(each.competency, 0), each.min_level)
    heaviest = sorted((each for each in weights if weights[each]), key=lambda each: -weights[each])
    shares = {each: weights[each] / question.total_weight for each in heaviest}
    lists = [
        Source(of_competency(each), shares[each], least.get(each, 0), each)
        for each in heaviest[:MOST_LISTS]
    ]
    rest = math.fsum(shares[each] for each in heaviest[MOST_LISTS:])
    return Sources(Makeup.SUM, (*lists, Source(EVERYONE, rest)))


def _near(question: Question) -> Sources:
    position = question.position
    family = position.family_position_ids | {position.position_id}
    department = position.department_position_ids - family
    if len(family) > MOST_LISTS:
        return Sources(Makeup.NEAREST, (Source(EVERYONE, PAST_TRY_IN_FAMILY),))
    lists = [Source(of_position(each), PAST_TRY_IN_FAMILY) for each in sorted(family)]
    if len(family) + len(department) > MOST_LISTS:
        return Sources(Makeup.NEAREST, (*lists, Source(EVERYONE, PAST_TRY_IN_DEPARTMENT)))
    lists += [Source(of_position(each), PAST_TRY_IN_DEPARTMENT) for each in sorted(department)]
    return Sources(Makeup.NEAREST, (*lists, Source(EVERYONE, NO_PAST_TRY_NEAR)))
