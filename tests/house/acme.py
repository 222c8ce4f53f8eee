"""An organization with one of everything, made over HTTP: whose ids others may try."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.cast import Json, Person
from tests.openings import copied

# What has no id in a path may be sent by whoever has a key, and is tried elsewhere.
BODIES: dict[str, Json] = {
    "POST /v1/applications/{application_id}/advice": {"items": [{"text": "Lead a club."}]},
    "POST /v1/applications/{application_id}/reject": {"reason": "Not yet"},
    "POST /v1/candidates/{candidate_id}/follow-ups": {"channel": "call"},
    "POST /v1/follow-ups/{follow_up_id}/milestones": {"kind": "job", "title": "Waiter"},
    "POST /v1/positions/{position_id}/close": {"reason": "other"},
    "POST /v1/positions/{position_id}/openings": {"openings": 1},
    "POST /v1/shortlists/{shortlist_id}/entries/{candidate_id}/decision": {"decision": "invited"},
    "PUT /v1/candidates/{candidate_id}/consent": {"purpose": "contact"},
}


def day(ahead: int) -> str:
    """Return the day so many days from today, in UTC."""
    return (datetime.now(UTC) + timedelta(days=ahead)).date().isoformat()


CUSTOM_FIELD: Json = {"applies_to": "position", "key": "pay", "name": "Pay", "type": "number"}
PDF = b"%PDF-1.7\nDean's List\n%%EOF\n"


def request_for(address: str, ids: dict[str, str]) -> dict[str, Any]:
    """Return what is sent with the least that an address takes, for the client's `request`."""
    method, _, path = address.partition(" ")
    if method in {"GET", "DELETE"}:
        return {}
    if path.endswith("/attachments"):
        return {"content": PDF, "params": {"filename": "card.pdf"}}
    return {"json": body_for(address, ids)}


def body_for(address: str, ids: dict[str, str]) -> Json:
    """Return the least that an address takes; ids in it are those given."""
    if address.endswith("/pauses"):
        return {"first_day": day(200), "last_day": day(201)}
    if address.endswith("/end"):
        return {"last_day": day(101)}
    if address.endswith(("/reassign", "/assign")):
        return {"candidate_id": ids["candidate_id"]}
    if address.endswith("/merge"):
        return {"duplicate_candidate_id": ids["duplicate_candidate_id"]}
    return BODIES.get(address, {})


def furnish(admin: Person) -> dict[str, str]:
    """Give an organization one of everything; return its ids by the names paths have for them."""
    ids = _lasting(admin)
    admin.post(f"positions/{ids['position_id']}/open", {}, expect=200)
    return ids | {
        "shortlist_run_id": _begin_run(admin, ids["position_id"]),
        "shortlist_id": admin.post(f"positions/{ids['position_id']}/shortlists", {})["id"],
        "api_key_id": admin.post("api-keys", {"name": "x", "scope": "read"})["id"],
        "attachment_id": attach(admin, f"candidates/{ids['candidate_id']}", PDF)["id"],
    }


def _begin_run(admin: Person, position_id: str) -> str:
    """Have the worker make a list of the past; return what tells how far it is."""
    later = {"Prefer": "respond-async"}
    then = {"as_of": "2019-05-13T09:00:00Z"}
    path = f"positions/{position_id}/shortlists"
    return str(admin.post(path, then, expect=202, headers=later)["id"])


@copied
def _lasting(admin: Person) -> dict[str, str]:
    """Make what is the same in every organization: no list, key or file."""
    ids = _tried_and_turned_down(admin)
    ids |= _followed_up(admin, ids)
    name = _call_by_name(admin, ids)
    pause = {"first_day": day(100), "last_day": day(110)}
    return ids | {
        "id": name,
        "custom_field_id": admin.post("custom-fields", CUSTOM_FIELD)["id"],
        "message_id": _receive_strange_mail(admin),
        "pause_id": admin.post(f"candidates/{ids['candidate_id']}/pauses", pause)["id"],
        "user_id": admin.post("users", {"name": "Somebody"})["id"],
        "saved_search_id": admin.post("saved-searches", {"name": "x", "parameters": {}})["id"],
        "talent_pool_id": _pooled(admin, ids["candidate_id"]),
        "rejection_reason_id": admin.get("rejection-reasons")["items"][0]["id"],
        "version": str(admin.post("scoring-policies", {"half_life_days": 100})["version"]),
    }


def _tried_and_turned_down(admin: Person) -> dict[str, str]:
    candidate = admin.candidate(
        emails=[{"address": "sam@mail.example"}], tags=["sales"], competencies=_SKILLS
    )
    position = admin.position(openings=2)
    application = admin.application(candidate, position)
    advice = [{"text": "Two solid semesters.", "competency": "academics", "target_level": 3}]
    admin.reject(application, advice=advice)
    return {
        "candidate_id": candidate,
        "duplicate_candidate_id": admin.candidate(),
        "other_candidate_id": admin.candidate(),
        "position_id": position,
        "application_id": application,
        "advice_id": admin.get(f"candidates/{candidate}/advice")["items"][0]["id"],
        "opening_id": admin.get(f"positions/{position}/openings")["items"][0]["id"],
    }


def _call_by_name(admin: Person, ids: dict[str, str]) -> str:
    """Let another system call a candidate, a position and an application by one id of its own."""
    name = ids["candidate_id"][-12:]
    for place in ("candidate", "position", "application"):
        external_id = {"source": "ats", "type": f"{place}s", "id": name}
        admin.patch(f"{place}s/{ids[f'{place}_id']}", {"external_ids": [external_id]})
    return name


def _pooled(admin: Person, candidate_id: str) -> str:
    """Put a candidate into a talent pool; return its id."""
    pool = admin.post("talent-pools", {"name": "Interns"})["id"]
    admin.put(f"talent-pools/{pool}/candidates/{candidate_id}", {}, expect=201)
    return str(pool)


_SKILLS: list[dict[str, Any]] = [{"competency": "academics", "level": 2, "source": "declared"}]


def _followed_up(admin: Person, ids: dict[str, str]) -> dict[str, str]:
    milestone = {"kind": "grade", "title": "Dean's List", "advice_id": ids["advice_id"]}
    follow_up = admin.follow_up(
        ids["candidate_id"], "2018-11-01T15:00:00Z", milestones=[milestone], subject="Dean's List"
    )
    return {"follow_up_id": follow_up["id"], "milestone_id": follow_up["milestones"][0]["id"]}


def receive_mail(admin: Person, sender: str) -> None:
    """Let a mail come in."""
    lines = (
        f"From: Somebody <{sender}>",
        f"To: jobs@{admin.name.lower()}.example",
        f"Message-ID: <{sender}>",
        "Subject: Hello",
        "Date: Mon, 13 May 2019 09:00:00 +0000",
        "",
        "Do you remember me?",
    )
    answer = admin.call(
        "POST",
        "intake/email",
        content="\r\n".join(lines).encode(),
        headers={"Content-Type": "message/rfc822"},
    )
    assert answer.status_code < 300, answer.text


def attach(person: Person, place: str, content: bytes, **query: str) -> Json:
    """Attach a PDF to a candidate, a follow-up or a milestone."""
    params = {"filename": "card.pdf", **query}
    answer = person.call("POST", f"{place}/attachments", content=content, params=params)
    assert answer.status_code == 201, answer.text
    found: Json = answer.json()
    return found


def _receive_strange_mail(admin: Person) -> str:
    """Let a mail of nobody we know come in; return the id under which it waits."""
    receive_mail(admin, "nobody@elsewhere.example")
    return str(admin.get("intake/unassigned")["items"][0]["id"])
