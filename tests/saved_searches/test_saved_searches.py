"""/v1/saved-searches: searches that are kept under a name, and run."""

from tests.cast import Cast
from tests.stores import on_one_store


def test_a_search_is_kept_run_changed_and_deleted(cast: Cast) -> None:
    ben = cast.ben
    sam, kim = ben.candidate("Sam Porter", tags=["keen"]), ben.candidate("Kim Porter")
    kept = ben.post("saved-searches", {"name": "Keen", "parameters": {"q": "por", "tag": "keen"}})
    path = f"saved-searches/{kept['id']}"
    assert (kept["owner_user_id"], kept["parameters"]["q"], kept["parameters"]["sort"]) == (
        *(str(ben.user_id), "por"),
        None,
    )
    run = cast.rita.get(f"{path}/candidates")["items"]
    assert [(one["id"], one["hits"][0]["field"]) for one in run] == [(sam, "full_name")]

    changed = ben.patch(path, {"parameters": {"sort": "-id"}, "name": "All"})
    assert (changed["parameters"]["q"], changed["version"]) == (None, 2)
    page = ben.call("GET", f"{path}/candidates", params={"limit": 1})
    assert [one["id"] for one in page.json()["items"]] == [kim]
    assert f"/v1/{path}/candidates?" in page.headers["Link"]
    cursor = page.json()["next_cursor"]
    rest = ben.get(f"{path}/candidates", params={"cursor": cursor})["items"]
    assert [one["id"] for one in rest] == [sam]

    mine = {"owner_user_id": str(ben.user_id)}
    assert [one["name"] for one in ben.get("saved-searches", params=mine)["items"]] == ["All"]
    ben.patch(path, {"owner_user_id": str(cast.ada.user_id)})
    assert ben.get("saved-searches", params=mine)["items"] == []
    ben.delete(path, expect=412, headers={"If-Match": '"1"'})
    ben.delete(path)
    ben.get(path, expect=404)


@on_one_store
def test_what_could_not_be_run_is_not_kept(cast: Cast) -> None:
    wrong = {
        "/parameters/q": {"q": "?!"},
        "/parameters/sort": {"q": "sam", "sort": "id"},
        "/parameters/external_id": {"external_id": "7"},
        "/parameters/limit": {"limit": 5},
        "/owner_user_id": {},
    }
    for pointer, parameters in wrong.items():
        body = {"name": "x", "parameters": parameters}
        if pointer == "/owner_user_id":
            body["owner_user_id"] = str(cast.cleo.user_id)
        errors = cast.ben.post("saved-searches", body, expect=422)["errors"]
        assert [one["pointer"] for one in errors] == [pointer]
