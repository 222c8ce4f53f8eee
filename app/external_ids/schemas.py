"""A name in a path: `.../by-external-id/{source}/{type}/{id}`."""

from typing import Annotated

from fastapi import Depends, Path

from app.core.schema import ExternalIdPart, Line
from app.external_ids.rules import Name


async def _name(
    source: Annotated[ExternalIdPart, Path(description="The system: `greenhouse`.")],
    kind: Annotated[
        ExternalIdPart, Path(alias="type", description="What it calls the thing: `candidate`.")
    ],
    id_: Annotated[
        Line,
        Path(
            alias="id",
            description="Its id there, percent-encoded; it may hold slashes, encoded or not.",
        ),
    ],
) -> Name:
    return Name(source, kind, id_)


NameInPath = Annotated[Name, Depends(_name)]
