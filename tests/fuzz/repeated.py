"""A write that was done under an Idempotency-Key: sent again, it is answered again and not done.

A check of schemathesis like its own, so that every write it makes up and the service takes is sent
two more times: as it was, and under the same key with another body.
"""

import json
from collections.abc import Mapping
from contextlib import closing
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

from tests.fuzz.ground import PATIENCE_SECONDS

_KEY = "Idempotency-Key"
# Their answers are shown once and kept nowhere.
_TELL_A_SECRET = ("/v1/api-keys", "/v1/sandboxes")
_CONFLICT, _GONE, _INVALID = 409, 410, 422
_FIRST_REFUSAL = 300


def is_answered_again(context: Any, response: Any, case: Any) -> None:
    """Raise AssertionError where a write that was taken is answered in another way by and by."""
    del context, case
    sent = response.request
    if _KEY not in sent.headers or response.status_code >= _FIRST_REFUSAL:
        return
    status, headers, content = _send(sent, sent.body)
    if sent.path_url in _TELL_A_SECRET:
        assert status == _CONFLICT, f"A secret was answered again: {status}"
    elif status != _GONE:
        # Gone is what another chain of requests has erased since.
        assert status == response.status_code, f"Sent again: {status} {content[:300]!r}"
        assert content == response.content, f"Sent again, answered otherwise: {content[:300]!r}"
        assert headers.get("idempotent-replayed") == "true", "Sent again, done again"
    other = _otherwise(sent.body)
    if other is not None:
        status, headers, content = _send(sent, other)
        assert status == _INVALID, f"The key with another body: {status} {content[:300]!r}"
        pointers = [each["pointer"] for each in json.loads(content)["errors"]]
        assert pointers == [_KEY], f"The key with another body: {pointers}"


def _otherwise(body: Any) -> bytes | None:
    """Return a body of the same meaning that is another one; None where there is none at all."""
    if not body:
        return None
    return (body.encode() if isinstance(body, str) else bytes(body)) + b" "


def _send(sent: Any, body: Any) -> tuple[int, Mapping[str, str], bytes]:
    address = urlsplit(sent.url)
    headers = {name: value for name, value in sent.headers.items() if name != "Content-Length"}
    assert address.hostname is not None
    with closing(
        HTTPConnection(address.hostname, address.port, timeout=PATIENCE_SECONDS)
    ) as connection:
        connection.request(sent.method, sent.path_url, body, headers)
        response = connection.getresponse()
        told = {name.lower(): value for name, value in response.getheaders()}
        return response.status, told, response.read()
