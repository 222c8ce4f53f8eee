"""Ids and instants of recording, the same in every run: made from a candidate's number alone."""

from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

from app.search.rules.terms import RANDOM_BITS, number_at

_MILLISECOND = timedelta(milliseconds=1)
_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EVENTS = 1000


class Numbering:
    """UUIDv7s and `recorded_at`s of one candidate; each is greater than the one before.

    The data looks as if it had been imported, one candidate a millisecond, up to `made_at`.
    """

    def __init__(self, imported_at: datetime, random: Random) -> None:
        self.imported_at = imported_at
        self._random = random
        self._milliseconds = (imported_at - _EPOCH) // _MILLISECOND
        self._ids = 0
        self._instants = 0
        self._events = 0
        self._texts: set[int] = set()

    def id(self) -> UUID:
        """Return the next id."""
        if self._ids >= 1 << 12:
            message = "a candidate has more rows than a millisecond has ids"
            raise OverflowError(message)
        number = (
            (self._milliseconds << 80)
            | (0x7 << 76)
            | (self._ids << 64)
            | (0b10 << 62)
            | self._random.getrandbits(62)
        )
        self._ids += 1
        return UUID(int=number)

    def recorded_at(self) -> datetime:
        """Return the next instant at which something was recorded."""
        self._instants += 1
        return self.imported_at + min(self._instants, 999) * _MICROSECOND

    def sequence(self, candidate: int) -> int:
        """Return the next event's number, of a thousand that each candidate has."""
        self._events += 1
        if self._events > _EVENTS:
            message = "a candidate has more events than numbers"
            raise OverflowError(message)
        return candidate * _EVENTS + self._events

    def text(self, at: datetime, candidate: int) -> int:
        """Return the number of a text of `at`, which no other text in the file has."""
        later = at + (candidate >> RANDOM_BITS) * _MILLISECOND
        while (number := number_at(later, candidate)) in self._texts:
            later += _MILLISECOND
        self._texts.add(number)
        return number


def milliseconds_of(id_: UUID) -> int:
    """Return the Unix time in milliseconds that a UUIDv7 begins with."""
    return id_.int >> 80
