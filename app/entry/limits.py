"""How often: requests by key, wrong keys by client address. Counted in memory, by process.

A window begins with the first request after the window before is over, and lasts a minute of the
process's own clock. Nothing is written to the store, so that counting costs no request a write;
each process of the service counts for itself, and with four of them a key may make up to four times
as many requests. What is remembered is bounded: beyond that, who was not seen longest is forgotten
and begins a new window.
"""

import ipaddress
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

WINDOW_SECONDS = 60
MOST_REMEMBERED = 10_000
# Whoever has an address of IPv6 has 2^64 of them.
_IPV6_PREFIX = 64


@dataclass(frozen=True, slots=True)
class Quota:
    """What is left of a window: requests, and whole seconds until it is over."""

    limit: int
    remaining: int
    seconds_left: int
    refused: bool = False

    def headers(self) -> dict[str, str]:
        """Return RateLimit-Policy and RateLimit (draft-ietf-httpapi-ratelimit-headers-10)."""
        return {
            "RateLimit-Policy": f'"per-key";q={self.limit};w={WINDOW_SECONDS}',
            "RateLimit": f'"per-key";r={self.remaining};t={self.seconds_left}',
        }


@dataclass(slots=True)
class _Window:
    limit: int
    ends_at: float
    used: int = 0


class Limits:
    """The counters of one process; called from its event loop and from its threads."""

    def __init__(
        self,
        per_key: int,
        wrong_keys: int,
        *,
        clock: Callable[[], float] = time.monotonic,
        most: int = MOST_REMEMBERED,
    ) -> None:
        """Take both as numbers a minute; 0 is no limit."""
        self._per_key, self._wrong_keys = per_key, wrong_keys
        self._clock, self._most = clock, most
        self._lock = threading.Lock()
        self._keys: OrderedDict[bytes, _Window] = OrderedDict()
        self._addresses: OrderedDict[str, _Window] = OrderedDict()

    def take(self, digest: bytes) -> Quota | None:
        """Count a request of a key that was good before; None for any other."""
        with self._lock:
            window = self._keys.get(digest)
            return None if window is None else self._count(window)

    def admit(self, digest: bytes, own_limit: int | None, *, counted: bool) -> Quota | None:
        """Note a key that has just proved good, and its own limit; None where it has none.

        A request that `take` has not counted is counted now.
        """
        limit = own_limit or self._per_key
        with self._lock:
            if not limit:
                self._keys.pop(digest, None)
                return None
            window = self._keys.get(digest)
            if window is None:
                window = self._keys[digest] = self._fresh(limit)
                self._forget(self._keys)
            window.limit = limit
            self._keys.move_to_end(digest)
            return self._left(window) if counted else self._count(window)

    def quota(self, digest: bytes) -> Quota | None:
        """Return what is left to a key, None where it has no limit or is not known to be good."""
        with self._lock:
            window = self._keys.get(digest)
            return None if window is None else self._left(window)

    def wrong_key(self, address: str) -> int:
        """Count a wrong key; return 0, or beyond the limit the seconds until the window is over."""
        if not self._wrong_keys:
            return 0
        name = _network(address)
        with self._lock:
            window = self._addresses.get(name)
            if window is None:
                window = self._addresses[name] = self._fresh(self._wrong_keys)
                self._forget(self._addresses)
            self._addresses.move_to_end(name)
            quota = self._count(window)
        return quota.seconds_left if quota.refused else 0

    def _fresh(self, limit: int) -> _Window:
        return _Window(limit, self._clock() + WINDOW_SECONDS)

    def _count(self, window: _Window) -> Quota:
        now = self._clock()
        if now >= window.ends_at:
            window.used, window.ends_at = 0, now + WINDOW_SECONDS
        refused = window.used >= window.limit
        window.used += not refused
        left = self._left(window)
        return Quota(left.limit, left.remaining, left.seconds_left, refused)

    def _left(self, window: _Window) -> Quota:
        seconds = max(0, math.ceil(window.ends_at - self._clock()))
        used = window.used if seconds else 0
        return Quota(window.limit, max(0, window.limit - used), seconds)

    def _forget(self, windows: OrderedDict[bytes, _Window] | OrderedDict[str, _Window]) -> None:
        while len(windows) > self._most:
            windows.popitem(last=False)


def _network(address: str) -> str:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if found.version == 4:  # noqa: PLR2004 - the number of the protocol
        return address
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found, _IPV6_PREFIX), strict=False))
