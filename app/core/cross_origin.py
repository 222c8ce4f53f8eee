"""Pages of other origins (CORS), where a setting lets them in; by default there are none.

No cookie is ever asked for: a page sends an API key itself, in a header that it must be allowed.
"""

from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp

from app.core.problems import Forbidden

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
SENT = (
    "Authorization",
    "Content-Disposition",
    "Content-Type",
    "Idempotency-Key",
    "If-Match",
    "On-Behalf-Of",
    "X-Request-Id",
)
SHOWN = (
    "Content-Disposition",
    "Deprecation",
    "ETag",
    "Idempotent-Replayed",
    "Link",
    "Location",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "Sunset",
    "X-Request-Id",
)
_REMEMBERED_SECONDS = 600


class CrossOrigin(CORSMiddleware):
    """Starlette's middleware with our headers; what it refuses is a problem like any other."""

    def __init__(self, app: ASGIApp, origins: Sequence[str]) -> None:
        super().__init__(
            app,
            allow_origins=origins,
            allow_methods=METHODS,
            allow_headers=SENT,
            expose_headers=SHOWN,
            max_age=_REMEMBERED_SECONDS,
        )

    def preflight_response(self, request_headers: Headers) -> Response:
        """Answer whether a page may send what it is about to send."""
        answer = super().preflight_response(request_headers)
        if answer.status_code < Response(status_code=400).status_code:
            return Response(status_code=204, headers=_without_body(answer))
        allowed = {
            name: value
            for name, value in _without_body(answer).items()
            if name.startswith("access-control-") or name == "vary"
        }
        return Forbidden(
            "Pages of this origin may not send such a request here.", headers=allowed
        ).response()


def _without_body(answer: Response) -> dict[str, str]:
    about_the_body = {"content-length", "content-type"}
    return {name: value for name, value in answer.headers.items() if name not in about_the_body}
