import dataclasses
from concurrent.futures import ThreadPoolExecutor

from app.organizations.rules import VERSION_1
from tests.cast import Cast
from tests.stores import on_one_store, usually_on_one_store


def test_an_organization_begins_with_version_1(cast: Cast) -> None:
    (policy,) = cast.rita.get("scoring-policies")["items"]
    numbers = dataclasses.asdict(VERSION_1)
    assert {name: policy[name] for name in numbers} == numbers
    assert policy["scored_at"] is not None
    assert policy["created_by_user_id"] is None
    assert cast.rita.get("scoring-policies/1") == policy


def test_a_version_is_the_newest_with_what_is_given_changed(cast: Cast) -> None:
    weights = {"weight_base": 0.2, "weight_fit": 0.6}
    answer = cast.ada.call("POST", "scoring-policies", json=weights)
    assert answer.status_code == 201
    second = answer.json()
    numbers = {**dataclasses.asdict(VERSION_1), "version": 2, **weights}
    assert {name: second[name] for name in numbers} == numbers
    assert second["scored_at"] is None
    assert second["created_by_user_id"] == str(cast.ada.user_id)
    assert cast.rita.get(answer.headers["Location"]) == second
    third = cast.ada.post("scoring-policies", {"half_life_days": 365})
    assert (third["version"], third["weight_fit"], third["half_life_days"]) == (3, 0.6, 365)
    listed = cast.rita.get("scoring-policies")["items"]
    assert [policy["version"] for policy in listed] == [3, 2, 1]
    page = cast.rita.get("scoring-policies", params={"limit": 2})
    rest = cast.rita.get("scoring-policies", params={"limit": 2, "cursor": page["next_cursor"]})
    assert page["items"] + rest["items"] == listed


@usually_on_one_store
def test_until_all_are_scored_the_version_before_is_in_force(cast: Cast) -> None:
    cast.ada.post("scoring-policies", {"time_zone": "Europe/Berlin"})
    assert cast.ada.get("me")["organization"]["time_zone"] == "UTC"


@on_one_store
def test_a_policy_with_faults_is_refused_where_they_are(cast: Cast) -> None:
    for body, pointer in (
        ({"weight_base": 0.5}, "/weight_base"),
        ({"credit_touch": 1.5}, "/credit_touch"),
        ({"cadence_months": 5}, "/cadence_months"),
        ({"time_zone": "Mars/Olympus"}, "/time_zone"),
        ({"half_life_days": 0}, "/half_life_days"),
        ({"half_life_days": None}, "/half_life_days"),
        ({"cadence_months": 1.5}, "/cadence_months"),
        ({"version": 9}, "/version"),
        ({}, ""),
        ({"cadence_months": 1, "weight_fit": 0.4}, ""),
    ):
        problem = cast.ada.post("scoring-policies", body, expect=422)
        assert [error["pointer"] for error in problem["errors"]] == [pointer]
    assert len(cast.ada.get("scoring-policies")["items"]) == 1


def test_versions_made_at_once_follow_one_another(cast: Cast) -> None:
    def make(days: int) -> int:
        body = {"half_life_days": days}
        # A key of its own each: with one, the second would wait for the first one's answer.
        headers = {"Idempotency-Key": f"policy {days}"}
        return cast.ada.call("POST", "scoring-policies", json=body, headers=headers).status_code

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(make, range(100, 104))) == [201] * 4
    versions = [policy["version"] for policy in cast.ada.get("scoring-policies")["items"]]
    assert versions == [5, 4, 3, 2, 1]


def test_only_an_admin_makes_a_version(cast: Cast) -> None:
    cast.ben.post("scoring-policies", {"half_life_days": 100}, expect=403)


def test_a_version_that_is_not_there_is_not_found(cast: Cast) -> None:
    cast.ada.post("scoring-policies", {"half_life_days": 100})
    cast.cleo.get("scoring-policies/2", expect=404)
    cast.ada.get("scoring-policies/3", expect=404)
    cast.ada.get("scoring-policies/0", expect=422)
