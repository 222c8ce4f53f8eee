"""The polling mirror for a minute; not collected by itself, `make soak` names it.

SOAK_SECONDS sets another length.
"""

import os

from app.core.database import Database
from tests.cast import Cast
from tests.events.mirror import differences, follow

SECONDS = float(os.environ.get("SOAK_SECONDS", "60"))


def test_a_mirror_stays_equal_for_a_minute_of_writes(cast: Cast, database: Database) -> None:
    mirror = follow(database, cast.ada, seconds=SECONDS, writes=1_000_000)
    assert mirror.after > 10 * SECONDS
    assert differences(mirror) == {}
