"""The addresses of spreadsheets."""

from collections.abc import AsyncIterator
from tempfile import SpooledTemporaryFile
from typing import Annotated, Any, BinaryIO, cast

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import StreamingResponse

from app.candidates.schemas import CandidateNarrowing
from app.core.database import Mode
from app.core.problems import Invalid, TooLarge, UnsupportedMediaType, responses
from app.core.schema import ExternalIdPart, LongLine
from app.custom_fields.queries import refuse_unknown_field
from app.entry.asking import Importing, Streaming
from app.entry.routing import Route
from app.intake.csv import actions
from app.intake.csv.headers import read_mapping
from app.intake.csv.schemas import CsvImportRead, csv_import_read

router = APIRouter(prefix="/v1", tags=["csv"], route_class=Route)

MEDIA_TYPE = "text/csv"
MOST_ROWS = 10_000
_IN_MEMORY = 1_000_000
_SHEET: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}
_SENT: dict[str, Any] = {
    "requestBody": {
        "description": "The spreadsheet, with the names of its columns on the first line.",
        "required": True,
        "content": {MEDIA_TYPE: _SHEET},
    }
}
_ANSWERED: dict[int | str, dict[str, Any]] = {
    200: {"description": "The spreadsheet", "content": {MEDIA_TYPE: _SHEET}},
    **responses(Invalid),
}


async def _spooled(request: Request) -> AsyncIterator[BinaryIO]:
    with SpooledTemporaryFile(max_size=_IN_MEMORY) as file:
        async for chunk in request.stream():
            file.write(chunk)
        yield cast("BinaryIO", file)


# It stands after whoever asks was let in, and no transaction waits for a slow sender.
Sent = Annotated[BinaryIO, Depends(_spooled, scope="function")]


@router.post(
    "/candidates/import",
    responses=responses(TooLarge, UnsupportedMediaType, Invalid),
    openapi_extra=_SENT,
)
def import_candidates(
    ask: Importing,
    request: Request,
    file: Sent,
    mapping: Annotated[
        list[LongLine],
        Query(alias="map", description="`Full Name=full_name`; `Notes=` passes a column over."),
    ] = [],  # noqa: B006 - FastAPI copies it
    source: Annotated[
        ExternalIdPart, Query(description="The system whose plain ids the file has.")
    ] = "csv",
    *,
    only_read: Annotated[
        bool,
        Query(
            description="Read every row and change nothing: what each column is taken for, and "
            "each cell that cannot be read. Whom a row means is not looked up."
        ),
    ] = False,
) -> CsvImportRead:
    """Take up to 10,000 candidates out of a spreadsheet; a bad row is told by its line.

    A row may also tell of a try at a position, of what turned it down, with advice, and of one
    follow-up; several rows may tell of one candidate. A hundred rows are one transaction: where
    the connection is cut, what was done stays, and sending the file again does the rest. So an
    Idempotency-Key is not needed, and not kept.
    """
    kind, _, parameters = request.headers.get("content-type", "").partition(";")
    if kind.strip().lower() != MEDIA_TYPE:
        raise UnsupportedMediaType(f"This address reads {MEDIA_TYPE}.")
    encoding = parameters.partition("charset=")[2].strip(' "') or None
    rows = actions.rows_in(file)
    if rows > MOST_ROWS:
        raise TooLarge(
            f"A spreadsheet may have {MOST_ROWS} rows; `firstinline candidates import` takes any.",
            limit=MOST_ROWS,
        )
    try:
        *_, done = actions.import_candidates(
            ask.database,
            ask.actor,
            file,
            told=read_mapping(mapping),
            source=source,
            encoding=encoding,
            only_read=only_read,
        )
    except actions.MappingError as error:
        raise Invalid("?map", str(error)) from error
    return csv_import_read(done)


@router.get("/candidates/export", response_class=StreamingResponse, responses=_ANSWERED)
def export_candidates(
    ask: Streaming, asked: Annotated[CandidateNarrowing, Query()]
) -> StreamingResponse:
    """Return candidates as a spreadsheet, which may be taken in again: all, or who passes filters.

    A cell that a spreadsheet would take for a formula has an apostrophe before it. With `q` they
    stand in the order in which they are found, otherwise in that of their ids.
    """
    wanted, tenant = asked.wanted(), ask.actor.organization_id
    with ask.database.transaction(Mode.READ, tenant) as session:
        refuse_unknown_field(session, "candidate", wanted["custom_field"])
    pieces = actions.export_candidates(
        ask.database,
        tenant,
        wanted,
        changed_since=asked.updated_since,
        words=asked.words(),
    )
    return StreamingResponse(
        pieces,
        media_type=MEDIA_TYPE,
        headers={"Content-Disposition": 'attachment; filename="candidates.csv"'},
    )
