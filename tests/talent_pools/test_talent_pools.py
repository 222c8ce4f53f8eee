"""/v1/talent-pools: named lists that candidates can be in."""

from tests.cast import Cast, Person


def members(person: Person, pool: str) -> list[str]:
    return [one["candidate_id"] for one in person.get(f"talent-pools/{pool}/candidates")["items"]]


def test_a_pool_is_made_changed_and_deleted(cast: Cast) -> None:
    ben = cast.ben
    made = ben.post("talent-pools", {"name": "Interns"})
    path = f"talent-pools/{made['id']}"
    assert ben.post("talent-pools", {"name": "Interns"}, expect=409)["existing_id"] == made["id"]
    ben.post("talent-pools", {"name": "Alumni", "description": "Were here"})
    assert [one["name"] for one in ben.get("talent-pools")["items"]] == ["Alumni", "Interns"]
    ben.patch(path, {"name": "Alumni"}, expect=409)
    changed = ben.patch(path, {"name": "Interns 2020", "description": "Summer"})
    assert (changed["name"], changed["description"], changed["version"]) == (
        *("Interns 2020", "Summer"),
        2,
    )
    assert ben.patch(path, {"name": "Interns 2020"})["version"] == 2
    ben.patch(path, {"name": "x"}, expect=412, headers={"If-Match": '"1"'})
    assert ben.call("GET", path).headers["ETag"] == '"2"'
    cast.rita.delete(path, expect=403)
    ben.delete(path, expect=412, headers={"If-Match": '"1"'})
    ben.delete(path)
    ben.get(path, expect=404)
    actions = [
        row["action"]
        for row in cast.ada.get("audit-log", params={"subject_id": made["id"]})["items"]
    ]
    assert sorted(actions) == ["talent_pool.created", "talent_pool.deleted", "talent_pool.updated"]


def test_candidates_are_put_in_and_taken_out(cast: Cast) -> None:
    ben = cast.ben
    sam, kim = ben.candidate("Sam Porter"), ben.candidate("Kim Other")
    pool = ben.post("talent-pools", {"name": "Interns"})["id"]
    place = f"talent-pools/{pool}/candidates/{sam}"
    put = ben.put(place, {}, expect=201)
    assert (put["candidate_id"], put["added_by_user_id"]) == (sam, str(ben.user_id))
    assert ben.put(place, {}) == put
    ben.put(f"talent-pools/{pool}/candidates/{kim}", {}, expect=201)
    assert members(ben, pool) == [sam, kim]
    listed = ben.get("candidates", params={"talent_pool_id": pool, "q": "porter"})["items"]
    assert [one["id"] for one in listed] == [sam]
    assert [
        one["id"] for one in ben.get("talent-pools", params={"candidate_id": kim})["items"]
    ] == [pool]
    ben.delete(place)
    ben.delete(place, expect=404)
    assert members(ben, pool) == [kim]
    listed = ben.get("candidates", params={"talent_pool_id": pool})["items"]
    assert [one["id"] for one in listed] == [kim]
    # Whoever is forgotten is in no pool, and a pool that is deleted leaves its people alone.
    ben.delete(f"candidates/{kim}")
    assert members(ben, pool) == []
    ben.put(f"talent-pools/{pool}/candidates/{kim}", {}, expect=410)
    ben.put(place, {}, expect=201)
    ben.delete(f"talent-pools/{pool}")
    assert ben.get(f"candidates/{sam}")["full_name"] == "Sam Porter"
