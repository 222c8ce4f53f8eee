"""Whether the service is up, and whether it can work."""

from operator import attrgetter
from typing import Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy import text

from app.core.database import Database
from app.core.migration import is_current
from app.core.problems import Unavailable, responses
from app.entry.metrics import exposition

router = APIRouter(tags=["health"], generate_unique_id_function=attrgetter("name"))


class Health(BaseModel):
    """The process answers."""

    status: Literal["ok"]


class Readiness(Health):
    """The service can work."""

    replicas: list[Literal["in_use", "behind", "slow", "away", "unrelated"]] = Field(
        default=[],
        description="How each replica was found last, in the order of the setting; `in_use`: reads "
        "go there.",
        examples=[["in_use", "behind"]],
    )


@router.get("/healthz")
async def healthz() -> Health:
    """Tell that the process is up; the database is not asked."""
    return Health(status="ok")


@router.get("/readyz", responses=responses(Unavailable), response_model_exclude_defaults=True)
def readyz(request: Request) -> Readiness:
    """Tell that the store can be reached, has every migration, and keeps tenants apart.

    Replicas are told where there are any; without them the service works all the same.
    """
    database: Database = request.app.state.database
    try:
        with database.engine.connect() as connection:
            if not is_current(connection):
                raise Unavailable("The store wants migrating: run `firstinline migrate`.")
            if not database.is_sqlite and connection.scalar(text(_ABOVE_THE_WALL)):
                raise Unavailable("The service's role could see through row-level security.")
    except Unavailable:
        raise
    except Exception as error:
        raise Unavailable("The store cannot be reached.") from error
    return Readiness(status="ok", replicas=[each.state.value for each in database.replicas.all])


_ABOVE_THE_WALL = """
SELECT rolsuper OR rolbypassrls OR EXISTS (
    SELECT 1 FROM pg_tables WHERE tablename = 'candidates' AND tableowner = current_user
)
FROM pg_roles WHERE rolname = current_user
"""


@router.get("/metrics", response_class=Response)
async def metrics(request: Request) -> Response:
    """Return the process's counters for Prometheus."""
    return exposition(request)
