from sqlalchemy import select

from app.core.database import Database, Mode
from app.models.event import Event
from app.organizations.rules import VERSION_1
from tests.cast import Cast, changes_of
from tests.stores import on_one_store, usually_on_one_store


@usually_on_one_store
def test_me_tells_organization_user_and_key(cast: Cast) -> None:
    me = cast.ben.get("me")
    assert me["organization"] == {
        "id": str(cast.ben.organization_id),
        "name": "Acme",
        "domains": ["acme.example"],
        "time_zone": VERSION_1.time_zone,
    }
    assert me["user"]["id"] == str(cast.ben.user_id)
    assert me["user"]["emails"] == ["ben@acme.example"]
    assert (me["key"]["name"], me["key"]["scope"]) == ("Ben", "write")
    assert cast.ben.key not in str(me)


@usually_on_one_store
def test_a_key_that_is_nobodys_has_no_user(cast: Cast) -> None:
    key = cast.ada.post("api-keys", {"name": "sync", "scope": "read"})["key"]
    me = cast.ada.get("me", headers={"Authorization": f"Bearer {key}"})
    assert me["user"] is None
    assert me["key"]["name"] == "sync"


def test_an_admin_renames_the_organization_and_lists_its_domains(cast: Cast) -> None:
    body = {"name": "Acme & Sons", "domains": ["@Acme.Example", "büro.example", "acme.example"]}
    changed = cast.ada.patch("organization", body)
    assert changed["name"] == "Acme & Sons"
    assert changed["domains"] == ["acme.example", "xn--bro-hoa.example"]
    assert changed["version"] == 2
    assert cast.rita.get("organization") == changed
    assert cast.rita.get("me")["organization"]["domains"] == changed["domains"]
    assert cast.cleo.get("organization")["name"] == "Globex"


@usually_on_one_store
def test_what_is_not_given_stays_and_no_change_is_no_version(cast: Cast) -> None:
    before = cast.ada.get("organization")
    assert cast.ada.patch("organization", {}) == before
    assert cast.ada.patch("organization", {"name": "Acme"}) == before
    assert cast.ada.patch("organization", {"domains": ["ACME.example"]}) == before
    assert cast.ada.patch("organization", {"domains": []})["domains"] == []
    assert cast.ada.get("organization")["name"] == "Acme"


def test_a_stale_etag_changes_nothing(cast: Cast) -> None:
    etag = cast.ada.call("GET", "organization").headers["ETag"]
    assert etag == '"1"'
    changed = cast.ada.call("PATCH", "organization", json={"name": "A"}, headers={"If-Match": etag})
    assert changed.headers["ETag"] == '"2"'
    cast.ada.patch("organization", {"name": "B"}, expect=412, headers={"If-Match": etag})
    assert cast.ada.get("organization")["name"] == "A"


@on_one_store
def test_what_is_no_name_and_no_domain_is_refused(cast: Cast) -> None:
    for body, pointer in (
        ({"name": None}, "/name"),
        ({"name": " "}, "/name"),
        ({"domains": None}, "/domains"),
        ({"domains": ["acme"]}, "/domains/0"),
        ({"domains": ["acme.example", "a b.example/x"]}, "/domains/1"),
        ({"domains": ["-acme.example"]}, "/domains/0"),
        ({"time_zone": "UTC"}, "/time_zone"),
    ):
        problem = cast.ada.patch("organization", body, expect=422)
        assert [error["pointer"] for error in problem["errors"]] == [pointer]


def test_only_an_admin_changes_the_organization(cast: Cast) -> None:
    cast.ben.patch("organization", {"name": "Mine"}, expect=403)
    cast.rita.patch("organization", {"name": "Mine"}, expect=403)
    assert cast.ada.get("organization")["name"] == "Acme"


def test_its_founding_by_the_command_line_is_the_first_thing_told(
    cast: Cast, database: Database
) -> None:
    us = str(cast.ada.organization_id)
    (row,) = cast.ada.get("audit-log", params={"action": "organization.created"})["items"]
    assert (row["subject_type"], row["subject_id"]) == ("organization", us)
    assert (row["user_id"], row["api_key_id"]) == (None, None)
    assert changes_of(row) == {"name": "Acme", "time_zone": "UTC", "domains": ["acme.example"]}
    with database.transaction(Mode.READ, cast.ada.organization_id) as session:
        told = session.scalars(
            select(Event)
            .where(Event.organization_id == cast.ada.organization_id)
            .order_by(Event.id)
        ).all()
    assert (told[0].type, told[0].data) == ("organization.created", {"organization_id": us})
    assert [event.type for event in told].count("organization.created") == 1
