"""The OpenAPI document."""

import json
from pathlib import Path
from typing import Annotated

import typer

from app.core.migration import ROOT
from app.main import create_app

FILE = ROOT / "openapi" / "openapi.json"


def document() -> str:
    """Return the document as it is committed."""
    return json.dumps(create_app().openapi(), indent=2, ensure_ascii=False) + "\n"


def openapi(
    *,
    write: Annotated[bool, typer.Option("--write", help="Into openapi/openapi.json.")] = False,
) -> None:
    """Print the OpenAPI document, or write it to its place."""
    if write:
        Path(FILE).parent.mkdir(exist_ok=True)
        FILE.write_text(document(), encoding="utf-8")
    else:
        typer.echo(document(), nl=False)
