"""The follow-ups behind an entry as the JSON that is frozen and answered.

There are thousands of them in a list: the text is written at once, without the objects it tells of.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from json.encoder import encode_basestring
from operator import itemgetter
from typing import Final

_SQLITE_INSTANT: Final = len("2019-04-08 15:00:00.000000")
_WHOLE_SECOND: Final = len("2019-04-08T15:00:00+00:00")
_HEX_DIGITS: Final = 32
_groups = itemgetter(slice(8), slice(8, 12), slice(12, 16), slice(16, 20), slice(20, None))


def letter_json(  # noqa: PLR0917 - as they are gathered
    follow_up_id: str,
    occurred_at: str,
    channel: str,
    subject: str | None,
    advice: Iterable[str],
    milestones: Iterable[str],
) -> str:
    """Write a follow-up; `advice` and `milestones` are JSON, the other texts come packed."""
    return (
        f'{{"follow_up_id":"{id_text(follow_up_id)}","occurred_at":"{_instant(occurred_at)}",'
        f'"channel":"{channel}","subject":{_text(subject)},"advice":[{",".join(advice)}],'
        f'"milestones":[{",".join(milestones)}]}}'
    )


def advice_json(advice_id: str, number: int, text: str, state: str) -> str:
    """Write a piece of advice as the follow-ups name it."""
    return (
        f'{{"advice_id":"{id_text(advice_id)}","number":{number},'
        f'"text":{encode_basestring(text)},"state":"{state}"}}'
    )


def milestone_json(  # noqa: PLR0917 - as they are gathered
    milestone_id: str,
    kind: str,
    title: str,
    achieved_on: str | None,
    quote: str | None,
    status: str,
) -> str:
    """Write a milestone; `achieved_on` is a day in ISO 8601."""
    return (
        f'{{"milestone_id":"{id_text(milestone_id)}","kind":"{kind}",'
        f'"title":{encode_basestring(title)},"achieved_on":{_text(achieved_on)},'
        f'"quote":{_text(quote)},"status":"{status}"}}'
    )


def id_text(packed_id: str) -> str:
    """Write an id that came packed as ids are written; a seventh of what UUID takes for it."""
    if len(packed_id) != _HEX_DIGITS:
        return packed_id
    return "-".join(_groups(packed_id.lower()))


def _text(text: str | None) -> str:
    return "null" if text is None else encode_basestring(text)


def _instant(packed_at: str) -> str:
    """Write an instant that came packed as instants are answered, in UTC."""
    if len(packed_at) == _SQLITE_INSTANT and packed_at[10] == " ":
        fraction = packed_at[19:]
        return f"{packed_at[:10]}T{packed_at[11:19]}{'' if fraction == '.000000' else fraction}Z"
    if len(packed_at) == _WHOLE_SECOND and packed_at.endswith("+00:00"):
        return f"{packed_at[:19]}Z"
    # With a fraction, and whatever offset a session of PostgreSQL writes.
    at = datetime.fromisoformat(packed_at).astimezone(UTC)
    return f"{at.replace(tzinfo=None).isoformat()}Z"
