"""What schemathesis is told of this service; it imports this file by its path.

No check is switched off. What is accepted all the same is narrow, and stands in semantics.py with
its reason.
"""

import json
import os
import secrets
import uuid
from typing import Any

import schemathesis

from tests.fuzz.ground import KEPT
from tests.fuzz.repeated import is_answered_again
from tests.fuzz.semantics import WORDS, is_refused_by_item, is_semantic

_LONGEST_KEY = 255


def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    """Send each Idempotency-Key once, as is asked of clients; spare the key that asks."""
    headers = case.headers or {}
    sent = headers.get("Idempotency-Key")
    if isinstance(sent, str) and 0 < len(sent) <= _LONGEST_KEY and sent.isascii():
        headers["Idempotency-Key"] = f"{secrets.token_hex(8)}{sent}"[:_LONGEST_KEY]
    kept = os.environ[KEPT].split(",")
    for name, value in (case.path_parameters or {}).items():
        if value in kept and case.method != "GET":
            case.path_parameters[name] = str(uuid.uuid4())


def filter_failure(context: Any, failure: Any, case: Any, response: Any) -> bool:
    """Keep every failure but those of semantics.py."""
    kind, status = type(failure).__name__, response.status_code
    if kind == "RejectedPositiveData" and status == 415:
        # Which of the types it takes a file is of, its bytes tell and no schema.
        return not case.path.endswith("/attachments")
    if kind == "RejectedPositiveData" and status == 422:
        return not is_semantic(json.loads(response.content))
    if kind == "AcceptedNegativeData" and status == 200 and case.path.endswith("/batch"):
        return not is_refused_by_item(json.loads(response.content))
    if kind == "UnsupportedMethodResponse" and status == 422:
        return not case.path.endswith(WORDS)
    return True


def as_it_is(context: Any, value: Any) -> bytes:
    """Send a generated message as its bytes."""
    made = getattr(value, "data", value)
    return made if isinstance(made, bytes) else json.dumps(made).encode()


schemathesis.hook("before_call")(before_call)
schemathesis.hook("filter_failure")(filter_failure)
schemathesis.check(is_answered_again)
schemathesis.serializer("message/rfc822")(as_it_is)
