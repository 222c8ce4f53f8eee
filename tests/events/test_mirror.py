"""Who only follows events ends with what the service has, however its writers cross each other.

`make soak` does the same for a minute, with twice as many.
"""

from app.core.database import Database
from tests.cast import Cast
from tests.events.mirror import differences, follow


def test_who_only_follows_events_has_it_all(cast: Cast, database: Database) -> None:
    mirror = follow(database, cast.ada, seconds=20, writes=2, writers=8)
    assert len(mirror.copies) > 8
    assert differences(mirror) == {}
