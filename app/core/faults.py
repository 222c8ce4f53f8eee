"""What the database may answer to a correct request, as problem details."""

import structlog
from fastapi import FastAPI, Request, Response
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFreeError

from app.core.database import TooLateError
from app.core.problems import Conflict, InProgress, Internal, Problem, Unavailable

_log = structlog.get_logger()

# SQLSTATEs: the name of a violated constraint is lost on a sharded store, these are not.
_CHANGED_MEANWHILE = {"40001", "40P01", "55P03"}
_CANCELLED = {"57014", "25P03"}
_LOST = ("08", "57P", "53")
_OURS = {
    NoConnectionFreeError: "No database connection became free.",
    TooLateError: "It took too long, and nothing was changed. Send less at once.",
}


def of_database_error(error: Exception) -> Problem | None:
    """Return the problem that a database error is to the client; None where it is our fault."""
    for kind, why in _OURS.items():
        if isinstance(error, kind):
            return Unavailable(why)
    if not isinstance(error, DBAPIError):
        return None
    state = getattr(error.orig, "sqlstate", None) or ""
    if isinstance(error, IntegrityError):
        return Conflict("Another request changed the same thing first. Read it again.")
    if state in _CHANGED_MEANWHILE:
        return InProgress("Another request is changing the same thing. Try again.")
    if state in _CANCELLED:
        return Unavailable("The database took too long.")
    if error.connection_invalidated or state.startswith(_LOST):
        return Unavailable("The database cannot be reached.")
    if isinstance(error, OperationalError) and not state:
        return Unavailable("The database is busy or cannot be reached.")
    return None


def install(app: FastAPI) -> None:
    """Answer database errors with problems."""
    for kind in (DBAPIError, *_OURS):
        app.add_exception_handler(kind, _answer)


async def _answer(request: Request, error: Exception) -> Response:
    problem = of_database_error(error)
    if problem is None:
        _log.error("database.failed", exc_info=error)
        problem = Internal(request_id=getattr(request.state, "request_id", None))
    return problem.response()
