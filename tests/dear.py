"""Laws whose examples are dear are tried on half as many."""

from collections.abc import Callable
from typing import Any, TypeVar

from hypothesis import settings

Law = TypeVar("Law", bound=Callable[..., Any])

# More than this many are asked for by who wants to know for sure: HYPOTHESIS_PROFILE=deep.
_USUAL = 40


def dear(law: Law) -> Law:
    """Try a law less often than others in the usual run."""
    tries = settings().max_examples
    return settings(max_examples=tries if tries > _USUAL else tries // 2)(law)
