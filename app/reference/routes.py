"""The addresses of the reference: two pages, and what they load."""

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse

from app.core.http import SECURITY_HEADERS

router = APIRouter(include_in_schema=False)

_OURS = Path(__file__).with_name("static")
# Both set styles from their scripts; Redoc searches in a worker of its own making, and both draw
# with images that they carry.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self'; connect-src 'self'; worker-src 'self' blob:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_PAGE = {**SECURITY_HEADERS, "Content-Security-Policy": _POLICY}
# A new version of the package comes with a restart; until a browser asks again, the old one serves.
_KEPT = {"Cache-Control": "public, max-age=3600"}


def _theirs() -> Path:
    # Found, not imported: its code is not wanted.
    found = find_spec("fastapi_offline")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).with_name("static")


def _file(path: Path, headers: dict[str, str]) -> Callable[[], FileResponse]:
    def answer() -> FileResponse:
        return FileResponse(path, headers=headers)

    return answer


def _serve(address: str, path: Path, headers: dict[str, str]) -> None:
    router.add_api_route(address, _file(path, headers), name=address, methods=["GET"])


_serve("/docs", _OURS / "docs.html", _PAGE)
_serve("/redoc", _OURS / "redoc.html", _PAGE)
for _name in ("docs.js", "docs.css", "redoc.js"):
    _serve(f"/docs/{_name}", _OURS / _name, _KEPT)
for _name in ("swagger-ui-bundle.js", "swagger-ui.css", "redoc.standalone.js"):
    _serve(f"/docs/{_name}", _theirs() / _name, _KEPT)
