"""A key with that right acts for a user; who did it, and whose key it was, are both kept."""

from dataclasses import replace

import pytest

from tests.cast import Cast, Person

HEADER = "On-Behalf-Of"


def integration(cast: Cast, **fields: object) -> Person:
    """Return Ada with a key of an integration's, that may act for others."""
    body = {"name": "ATS", "scope": "write", "may_act_for_others": True, **fields}
    return replace(cast.ada, key=cast.ada.post("api-keys", body)["key"])


def test_it_is_the_user_who_acts_and_the_log_keeps_both(cast: Cast) -> None:
    names = [{"source": "ats", "type": "user", "id": "u:7"}]
    cast.ada.patch(f"users/{cast.ben.user_id}", {"external_ids": names})
    ats = integration(cast, user_id=str(cast.rita.user_id))
    for ben in (str(cast.ben.user_id), " Ben@ACME.example", "ats:user:u:7"):
        me = ats.get("me", headers={HEADER: ben})
        assert (me["user"]["name"], me["on_behalf_of"]) == ("Ben", True)
        assert me["key"]["user_id"] == str(cast.rita.user_id)
    made = ats.post("candidates", {"full_name": "Sam"}, headers={HEADER: "ben@acme.example"})
    ats.post("candidates", {"full_name": "Jo"})
    plain, acted = cast.ada.get("audit-log?action=candidate.created")["items"]
    key = ats.get("me")["key"]["id"]
    for row, behalf in ((acted, str(cast.ben.user_id)), (plain, None)):
        assert row["user_id"] == str(cast.rita.user_id)
        assert row["on_behalf_of_user_id"] == behalf
        assert row["api_key_id"] == key
    follow_up = ats.post(
        f"candidates/{made['id']}/follow-ups",
        {"channel": "call"},
        headers={HEADER: "ben@acme.example"},
    )
    captured = cast.ben.get(f"candidates/{made['id']}/timeline")["items"]
    assert follow_up["id"] in str(captured)


def test_a_key_of_nobodys_may_act_for_somebody(cast: Cast) -> None:
    ats = integration(cast)
    me = ats.get("me")
    assert (me["user"], me["on_behalf_of"], me["key"]["may_act_for_others"]) == (None, False, True)
    me = ats.get("me", headers={HEADER: str(cast.ben.user_id)})
    assert (me["user"]["name"], me["key"]["user_id"]) == ("Ben", None)


def test_a_key_without_the_right_is_refused(cast: Cast) -> None:
    problem = cast.ada.get("me", expect=403, headers={HEADER: str(cast.ben.user_id)})
    assert problem["detail"] == "This key may not act for others: send no On-Behalf-Of."
    # The right is not a scope: what the key may do stays what it may do.
    ats = integration(cast, scope="read")
    ats.post("candidates", {"full_name": "X"}, expect=403, headers={HEADER: "ada@acme.example"})


@pytest.mark.parametrize(
    "told", ["", " ", "nobody@acme.example", "ats:user:7", "ats:user", "x" * 501, "cleo"]
)
def test_nobody_we_know_is_refused_where_it_stands(cast: Cast, told: str) -> None:
    (error,) = integration(cast).get("me", expect=422, headers={HEADER: told})["errors"]
    assert error["pointer"] == HEADER


def test_neither_strangers_nor_who_left_can_be_acted_for(cast: Cast) -> None:
    ats = integration(cast)
    cast.ada.patch(f"users/{cast.rita.user_id}", {"active": False})
    told = [str(cast.cleo.user_id), "cleo@globex.example", str(cast.rita.user_id)]
    problems = [ats.get("me", expect=422, headers={HEADER: one}) for one in told]
    assert problems[0]["errors"][0]["detail"] == "names no active user of this organization"
    assert problems[1:] == problems[:1] * 2


def test_the_same_key_for_another_user_is_another_request(cast: Cast) -> None:
    ats = integration(cast)
    sent = {"Idempotency-Key": "1", HEADER: "ben@acme.example"}
    made = ats.post("candidates", {"full_name": "Sam"}, headers=sent)
    assert ats.post("candidates", {"full_name": "Sam"}, headers=sent) == made
    sent[HEADER] = "ada@acme.example"
    ats.post("candidates", {"full_name": "Sam"}, headers=sent, expect=422)
