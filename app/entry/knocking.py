"""Whoever sends a large body says who it is before the body is read.

FastAPI reads and parses a body before it asks who sends it: without this, somebody without a key
could have millions of values made of it, and the process stand still meanwhile.
"""

from fastapi import Request
from fastapi.security.utils import get_authorization_scheme_param

from app.core.database import Database, Mode
from app.entry.authentication import authenticate, read_key

# One that is smaller is not worth a transaction of its own.
LARGE = 65_536


def is_large(request: Request) -> bool:
    """Tell whether a request brings a large body, or does not say how large it is."""
    length = request.headers.get("content-length", "0")
    return "transfer-encoding" in request.headers or not length.isdecimal() or int(length) > LARGE


def knock(request: Request) -> None:
    """Raise Unauthenticated unless the key opens something; what it may do is asked afterwards."""
    scheme, credentials = get_authorization_scheme_param(request.headers.get("authorization"))
    key = read_key(credentials if scheme.lower() == "bearer" and credentials else None)
    database: Database = request.app.state.database
    with database.transaction(Mode.READ) as session:
        authenticate(session, key, None)
