"""Nobody sets what is only read, caches keep nobody's data, and one file alone calls out."""

import ast
from pathlib import Path

from tests.cast import Cast, Json
from tests.house.acme import PDF, attach
from tests.house.test_architecture import parsed
from tests.house.test_openapi import read
from tests.stores import on_one_store

APP = Path(__file__).resolve().parents[2] / "app"
# Whatever opens a connection to another machine; the database's drivers apart.
NETWORK = {
    *("aiohttp", "ftplib", "http.client", "httpx", "imaplib", "obstore", "poplib", "requests"),
    *("smtplib", "socket", "ssl", "telnetlib", "urllib.request", "urllib3", "xmlrpc"),
}
# The storage that the operator has named, and nothing that anybody sends.
CALLS_OUT = {"attachments/clients/bucket.py"}


def imported(file: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(parsed(file)):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{name.name}" for name in node.names)}
    return found


def calls_out(names: set[str]) -> bool:
    return any(name == one or name.startswith(f"{one}.") for name in names for one in NETWORK)


def test_one_file_alone_calls_out() -> None:
    """A link that somebody sends, an `evidence_url`, is kept and shown and never followed."""
    assert calls_out({"urllib.request.urlopen"})
    assert not calls_out({"urllib.parse"})
    words = {word for one in NETWORK for word in one.split(".")}
    files = {
        path.relative_to(APP).as_posix(): path
        for path in APP.rglob("*.py")
        if any(word in path.read_text() for word in words)
    }
    assert {name for name, path in files.items() if calls_out(imported(path))} == CALLS_OUT


@on_one_store
def test_what_is_only_read_is_refused_by_name(cast: Cast) -> None:
    """A whole answer sent back names every field that nobody may set."""
    places = {
        f"candidates/{cast.ben.candidate()}": "CandidateUpdate",
        f"positions/{cast.ben.position()}": "PositionUpdate",
        "organization": "OrganizationUpdate",
    }
    for place, shape in places.items():
        told: Json = cast.ada.get(place)
        settable = read()["components"]["schemas"][shape]["properties"].keys()
        answer = cast.ada.patch(place, told, expect=422)
        refused = {
            error["pointer"].removeprefix("/")
            for error in answer["errors"]
            if error["detail"] == "Unknown field"
        }
        assert refused == told.keys() - settable, place
        assert refused >= {"id", "version", "created_at"}
        assert cast.ada.get(place) == told


def test_no_cache_keeps_what_is_told_of_a_person(cast: Cast) -> None:
    sam = cast.ben.candidate()
    file = attach(cast.ben, f"candidates/{sam}", PDF)["id"]
    places = (f"candidates/{sam}", "candidates", "candidates/export", f"attachments/{file}/content")
    kept = {place: cast.ben.call("GET", place) for place in places}
    assert {place: answer.status_code for place, answer in kept.items()} == dict.fromkeys(kept, 200)
    told = {place: answer.headers["Cache-Control"] for place, answer in kept.items()}
    assert told == dict.fromkeys(kept, "no-store")
