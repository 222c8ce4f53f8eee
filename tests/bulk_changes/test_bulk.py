"""POST /v1/candidates/bulk: one change of many candidates."""

from tests.cast import Cast, Json, Person
from tests.stores import on_one_store


def changed(person: Person, selection: Json, *actions: Json) -> dict[str, str]:
    """Change many at once; return what became of each."""
    body = {"selection": selection, "actions": list(actions)}
    items = person.post("candidates/bulk", body, expect=200)["items"]
    return {item["candidate_id"]: item["outcome"] for item in items}


def test_many_are_changed_at_once_and_each_on_its_own(cast: Cast) -> None:
    ben = cast.ben
    sam = ben.candidate("Sam Porter", tags=["sales", "old"])
    kim = ben.candidate("Kim Porter")
    full = ben.candidate("Max Porter", tags=[f"tag {number}" for number in range(50)])
    gone = ben.candidate("Eve Porter")
    ben.delete(f"candidates/{gone}")
    nobody = "00000000-0000-7000-8000-000000000000"
    pool = ben.post("talent-pools", {"name": "Interns"})["id"]
    actions: list[Json] = [
        {"type": "add_tags", "tags": ["keen", "sales"]},
        {"type": "remove_tags", "tags": ["old"]},
        {"type": "add_to_pool", "talent_pool_id": pool},
        {"type": "set_owner", "user_id": str(cast.ada.user_id)},
    ]
    everybody = {"ids": [sam, nobody, kim, full, gone, sam]}
    told = changed(ben, everybody, *actions)
    assert list(told.items()) == [
        *((sam, "updated"), (nobody, "failed"), (kim, "updated")),
        *((full, "failed"), (gone, "failed")),
    ]
    after = ben.get(f"candidates/{sam}")
    assert (after["tags"], after["relationship_owner_id"], after["version"]) == (
        *(["keen", "sales"], str(cast.ada.user_id)),
        2,
    )
    pooled = ben.get("candidates", params={"talent_pool_id": pool, "q": "keen"})["items"]
    assert {one["id"] for one in pooled} == {sam, kim}
    assert ben.get("candidates", params={"q": "old"})["items"] == []
    noted = cast.ada.get("audit-log", params={"candidate_id": kim})["items"]
    assert {row["action"] for row in noted} == {
        *("candidate.created", "candidate.updated", "talent_pool.candidate_added")
    }
    assert changed(ben, {"ids": [sam]}, *actions) == {sam: "unchanged"}
    assert changed(ben, {"ids": [full]}, *actions[1:]) == {full: "updated"}

    out: Json = {"type": "remove_from_pool", "talent_pool_id": pool}
    assert changed(ben, {"filter": {"q": "porter", "tag": "keen"}}, out) == {
        kim: "updated",
        sam: "updated",
    }
    kept = {"name": "Keen", "parameters": {"tag": "keen"}}
    saved = {"saved_search_id": ben.post("saved-searches", kept)["id"]}
    nobody_s: Json = {"type": "set_owner", "user_id": None}
    assert changed(ben, saved, nobody_s, out) == {sam: "updated", kim: "updated"}
    assert ben.get(f"candidates/{kim}")["relationship_owner_id"] is None


def test_what_is_not_here_is_refused_where_it_stands(cast: Cast) -> None:
    theirs = cast.cleo.post("talent-pools", {"name": "Theirs"})["id"]
    sam = cast.ben.candidate()
    wrong: dict[str, Json] = {
        "/actions/0/talent_pool_id": {
            "selection": {"ids": [sam]},
            "actions": [{"type": "add_to_pool", "talent_pool_id": theirs}],
        },
        "/actions/0/user_id": {
            "selection": {"ids": [sam]},
            "actions": [{"type": "set_owner", "user_id": str(cast.cleo.user_id)}],
        },
        "/selection/filter/q": {
            "selection": {"filter": {"q": "!!"}},
            "actions": [{"type": "add_tags", "tags": ["x"]}],
        },
        "/selection": {
            "selection": {"filter": {}, "ids": [sam]},
            "actions": [{"type": "add_tags", "tags": ["x"]}],
        },
    }
    for pointer, body in wrong.items():
        errors = cast.ben.post("candidates/bulk", body, expect=422)["errors"]
        assert [one["pointer"] for one in errors] == [pointer]
    body = {"selection": {"ids": [sam]}, "actions": [{"type": "add_tags", "tags": ["x"]}]}
    cast.rita.post("candidates/bulk", body, expect=403)
    hers = cast.cleo.post("candidates/bulk", body, expect=200)["items"]
    assert [(one["outcome"], one["problem"]["status"]) for one in hers] == [("failed", 404)]


@on_one_store
def test_an_action_of_no_kind_is_told_which_there_are(cast: Cast) -> None:
    actions: list[Json] = [{"tags": ["keen"]}, {"type": "paint"}]
    body = {"selection": {"ids": [cast.ben.candidate()]}, "actions": actions}
    missing, unknown = cast.ben.post("candidates/bulk", body, expect=422)["errors"]
    assert missing == {"pointer": "/actions/0/type", "detail": "Field required"}
    assert unknown["pointer"] == "/actions/1/type"
    assert "'add_to_pool'" in unknown["detail"]
