import hashlib
import json
import uuid
from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import anyio
import time_machine
from sqlalchemy import select
from sqlalchemy.pool import QueuePool

from app.attachments.jobs import ARRIVES_WITHIN, tidy_blobs
from app.core.clock import now
from app.core.database import Database, Mode
from app.main import create_app
from app.models.attachment import Blob
from tests.cast import Cast, Json, Person, assemble
from tests.client import Client
from tests.house.acme import PDF, attach
from tests.stores import on_one_store, usually_on_one_store
from tests.worker import outbox

LARGE = b"%PDF-1.7\n" + bytes(range(256)) * 3000


def files(database: Database, person: Person) -> set[str]:
    """Return the names of the organization's files."""
    folder = Path(database.settings.attachments or "") / person.organization_id.hex
    return {path.name for path in folder.iterdir()} if folder.exists() else set()


def states(database: Database, person: Person) -> list[str]:
    with database.transaction(Mode.READ, person.organization_id) as session:
        tenant = person.organization_id
        return sorted(session.scalars(select(Blob.state).where(Blob.organization_id == tenant)))


def reported(ben: Person, candidate: str) -> tuple[str, str]:
    """Let a candidate report a milestone; return the follow-up's id and the milestone's."""
    found = ben.follow_up(
        candidate, "2018-11-01T15:00:00Z", milestones=[{"kind": "grade", "title": "Dean's List"}]
    )
    return found["id"], found["milestones"][0]["id"]


def ids(page: Json) -> list[str]:
    return [one["id"] for one in page["items"]]


def test_a_file_goes_in_and_comes_out_as_it_was(cast: Cast, database: Database) -> None:
    ben, sam = cast.ben, cast.ben.candidate()
    follow_up, milestone = reported(ben, sam)
    answer = ben.call(
        "POST",
        f"milestones/{milestone}/attachments",
        params={"filename": "Zeugnis März.pdf", "kind": "report_card"},
        content=LARGE,
        headers={"Content-Type": "application/pdf"},
    )
    card = answer.json()
    assert answer.headers["Location"] == f"/v1/attachments/{card['id']}"
    assert card == {
        "id": card["id"],
        "candidate_id": sam,
        "follow_up_id": follow_up,
        "milestone_id": milestone,
        "kind": "report_card",
        "filename": "Zeugnis März.pdf",
        "content_type": "application/pdf",
        "size": len(LARGE),
        "sha256": hashlib.sha256(LARGE).hexdigest(),
        "created_at": card["created_at"],
        "uploaded_by_user_id": str(ben.user_id),
    }
    assert cast.rita.get(f"attachments/{card['id']}") == card
    out = cast.rita.call("GET", f"attachments/{card['id']}/content")
    assert out.content == LARGE
    told = {name: out.headers[name] for name in ("content-type", "content-length")}
    assert told == {"content-type": "application/pdf", "content-length": str(len(LARGE))}
    assert out.headers["Content-Disposition"].startswith('attachment; filename="Zeugnis M_rz.pdf"')
    assert out.headers["X-Content-Type-Options"] == "nosniff"
    assert out.headers["Content-Security-Policy"].startswith("sandbox")

    resume = attach(ben, f"candidates/{sam}", PDF, kind="resume")
    assert ids(ben.get(f"candidates/{sam}/attachments")) == [resume["id"], card["id"]]
    assert ids(ben.get(f"candidates/{sam}/attachments?kind=resume")) == [resume["id"]]
    assert ids(ben.get(f"follow-ups/{follow_up}/attachments")) == [card["id"]]
    assert ids(ben.get(f"milestones/{milestone}/attachments?kind=resume")) == []
    (log,) = cast.ada.get(f"audit-log?subject_id={card['id']}")["items"]
    assert (log["action"], log["candidate_id"]) == ("attachment.created", sam)
    assert len(files(database, ben)) == 2


@usually_on_one_store
def test_a_file_that_is_there_already_is_kept_once_and_as_long_as_it_is_named(
    cast: Cast, database: Database
) -> None:
    ben, sam = cast.ben, cast.ben.candidate()
    one = attach(ben, f"candidates/{sam}", PDF)
    two = attach(ben, f"candidates/{ben.candidate()}", PDF, filename="again.pdf")
    theirs = attach(cast.cleo, f"candidates/{cast.cleo.candidate()}", PDF)
    assert one["sha256"] == two["sha256"] == theirs["sha256"]
    assert states(database, ben) == ["kept", "leaving"]

    ben.delete(f"attachments/{one['id']}")
    ben.delete(f"attachments/{one['id']}", expect=404)
    ben.get(f"attachments/{one['id']}/content", expect=404)
    outbox.until_idle(database)
    assert len(files(database, ben)) == 1
    assert ben.call("GET", f"attachments/{two['id']}/content").content == PDF

    ben.delete(f"attachments/{two['id']}")
    assert len(files(database, ben)) == 1
    outbox.until_idle(database)
    assert (files(database, ben), states(database, ben)) == (set(), [])
    assert cast.cleo.call("GET", f"attachments/{theirs['id']}/content").content == PDF


def test_what_belongs_to_a_follow_up_goes_where_it_goes(cast: Cast, database: Database) -> None:
    ben, sam, kim = cast.ben, cast.ben.candidate(), cast.ben.candidate("Kim")
    follow_up, milestone = reported(ben, sam)
    letter = attach(ben, f"follow-ups/{follow_up}", PDF)
    card = attach(ben, f"milestones/{milestone}", PDF + b"2")
    ben.post(f"follow-ups/{follow_up}/reassign", {"candidate_id": kim}, expect=200)
    assert ids(ben.get(f"candidates/{sam}/attachments")) == []
    assert ids(ben.get(f"candidates/{kim}/attachments")) == [card["id"], letter["id"]]

    ben.patch(f"follow-ups/{follow_up}", {"milestones": []})
    assert ids(ben.get(f"follow-ups/{follow_up}/attachments")) == [letter["id"]]
    ben.delete(f"follow-ups/{follow_up}")
    assert ids(ben.get(f"candidates/{kim}/attachments")) == []
    gone = outbox.events(database, ben.organization_id, "attachment.deleted")
    assert [one.data["attachment_id"] for one in gone] == [card["id"], letter["id"]]
    outbox.until_idle(database)
    assert files(database, ben) == set()


def test_erasing_a_person_removes_their_files_once_it_is_committed(
    cast: Cast, database: Database
) -> None:
    ben, sam = cast.ben, cast.ben.candidate()
    resume = attach(ben, f"candidates/{sam}", PDF)
    ben.delete(f"candidates/{sam}", expect=412, headers={"If-Match": '"77"'})
    outbox.until_idle(database)
    assert ben.call("GET", f"attachments/{resume['id']}/content").content == PDF

    ben.delete(f"candidates/{sam}", params={"reason": "erased"})
    ben.get(f"attachments/{resume['id']}/content", expect=404)
    ben.get(f"candidates/{sam}/attachments", expect=410)
    outbox.until_idle(database)
    assert (files(database, ben), states(database, ben)) == (set(), [])


REFUSED: dict[str, tuple[dict[str, Any], int, str | None]] = {
    "a page": ({"params": {"filename": "cv.html"}, "content": b"<script>"}, 415, None),
    "a type that is not taken": ({"headers": {"Content-Type": "text/html"}}, 415, None),
    "a page that calls itself a PDF": ({"content": b"<html>"}, 422, ""),
    "nothing": ({"content": b""}, 422, ""),
    "another ending": (
        {"params": {"filename": "cv.exe"}, "headers": {"Content-Type": "application/pdf"}},
        422,
        "?filename",
    ),
    "a path": ({"params": {"filename": "../../etc/cv.pdf"}}, 422, "?filename"),
    "a name of two lines": ({"params": {"filename": "a\r\nb.pdf"}}, 422, "?filename"),
    "no name": ({"params": {}}, 422, "?filename"),
    "no name, to be done once": (
        {"params": {}, "headers": {"Idempotency-Key": "a"}},
        422,
        "?filename",
    ),
    "an unknown kind": ({"params": {"filename": "cv.pdf", "kind": "x"}}, 422, "?kind"),
    "a key that is none, before the file": (
        {"content": b"no letter", "headers": {"Idempotency-Key": "x" * 256}},
        422,
        "Idempotency-Key",
    ),
}


@on_one_store
def test_what_is_refused_leaves_nothing(cast: Cast, database: Database) -> None:
    path = f"candidates/{cast.ben.candidate()}/attachments"
    usual = {"params": {"filename": "cv.pdf"}, "content": PDF}
    wrong = {}
    for name, (told, status, pointer) in REFUSED.items():
        answer = cast.ben.call("POST", path, **{**usual, **told})
        pointers = [one["pointer"] for one in answer.json().get("errors", [])]
        if answer.status_code != status or pointers != ([] if pointer is None else [pointer]):
            wrong[name] = (answer.status_code, answer.text)
    assert wrong == {}
    assert cast.ben.get(path)["items"] == []
    assert files(database, cast.ben) == set()


def test_an_upload_is_limited_by_itself_and_done_once_for_a_key(database: Database) -> None:
    """The usual limit of bodies is below that of attachments here, and neither holds the other."""
    settings = database.settings.model_copy(update={"attachment_limit": 5000, "body_limit": 2048})
    with Client(create_app(settings, database)) as client:
        ben = assemble(client, database).ben
        path = f"candidates/{ben.candidate()}/attachments"
        keyed = {"params": {"filename": "cv.pdf"}, "headers": {"Idempotency-Key": "once"}}
        content = PDF + b" " * 4000
        one = ben.call("POST", path, content=content, **keyed)
        again = ben.call("POST", path, content=content, **keyed)
        assert (one.status_code, one.json()) == (201, again.json())
        assert again.headers["Idempotent-Replayed"] == "true"
        other = ben.call("POST", path, content=PDF, **keyed)
        assert (other.status_code, other.json()["errors"][0]["pointer"]) == (422, "Idempotency-Key")
        unnamed = {"params": {"filename": "cv.pdf"}}
        assert ben.call("POST", path, content=b"%PDF-" * 1001, **unnamed).status_code == 413

        def endless() -> Iterator[bytes]:
            yield from [PDF] * 1000

        assert ben.call("POST", path, content=endless(), **unnamed).status_code == 413
        assert len(ben.get(path)["items"]) == 1


# ----------------------------------------------------------------------- slow senders, slow readers


def spoken_to(
    http: Client, person: Person, method: str, path: str, parts: Iterable[Json]
) -> list[Json]:
    """Speak to the application as a server does, message by message; return what it sends.

    A client that has said all its parts stays and listens.
    """
    sent: list[Json] = []
    said = iter(parts)

    async def receiving() -> Json:
        part = next(said, None)
        if part is None:
            await anyio.sleep_forever()
        return part or {}

    async def sending(message: Any) -> None:
        sent.append({**message, "in_use": in_use(http)})

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": b"" if method == "GET" else b"filename=cv.pdf",
        "headers": [(b"authorization", f"Bearer {person.key}".encode())],
        "http_version": "1.1",
        "scheme": "http",
        "root_path": "",
    }

    async def speak() -> None:
        await http.app(scope, receiving, sending)

    anyio.run(speak)
    return sent


def in_use(http: Client) -> int:
    """Return how many connections to the store are in use at this moment."""
    pool = http.app.state.database.engine.pool  # type: ignore[attr-defined]
    assert isinstance(pool, QueuePool)
    return pool.checkedout()


def test_no_transaction_waits_for_a_slow_client(cast: Cast, http: Client) -> None:
    ben, sam = cast.ben, cast.ben.candidate()
    path = f"/v1/candidates/{sam}/attachments"
    used = []

    def slowly() -> Iterator[Json]:
        for part in (LARGE[:5], LARGE[5:300_000], LARGE[300_000:]):
            used.append(in_use(http))
            yield {"type": "http.request", "body": part, "more_body": len(used) < 3}

    start, body = spoken_to(http, ben, "POST", path, slowly())[:2]
    assert (start["status"], used) == (201, [0, 0, 0])
    card = json.loads(body["body"])
    assert card["sha256"] == hashlib.sha256(LARGE).hexdigest()

    out = spoken_to(http, ben, "GET", f"/v1/attachments/{card['id']}/content", [])
    assert b"".join(part.get("body", b"") for part in out) == LARGE
    assert {part["in_use"] for part in out} == {0}
    assert max(len(part.get("body", b"")) for part in out) <= 256 * 1024


def test_what_breaks_off_is_tidied_a_day_later(
    cast: Cast, http: Client, database: Database
) -> None:
    ben, sam = cast.ben, cast.ben.candidate()
    parts: list[Json] = [
        {"type": "http.request", "body": PDF, "more_body": True},
        {"type": "http.disconnect"},
    ]
    spoken_to(http, ben, "POST", f"/v1/candidates/{sam}/attachments", parts)
    assert (files(database, ben), states(database, ben)) == (set(), ["arriving"])
    # As if the process had been killed with the file half written.
    with database.transaction(Mode.READ, ben.organization_id) as session:
        blob_id = session.scalars(select(Blob.id).where(Blob.state == "arriving")).one()
    folder = Path(database.settings.attachments or "") / ben.organization_id.hex
    folder.mkdir(parents=True, exist_ok=True)
    (folder / uuid.UUID(str(blob_id)).hex).write_bytes(PDF)

    with time_machine.travel(now() + ARRIVES_WITHIN - timedelta(minutes=1)):
        tidy_blobs(database)
    assert len(files(database, ben)) == 1
    with time_machine.travel(now() + ARRIVES_WITHIN + timedelta(minutes=1)):
        tidy_blobs(database)
    assert (files(database, ben), states(database, ben)) == (set(), [])
