from typing import Any

from tests.cast import Cast, Json, Person, changes_of


def add(ada: Person, applies_to: str, key: str, kind: str, **told: Any) -> Json:
    body = {"applies_to": applies_to, "key": key, "name": key.title(), "type": kind, **told}
    return ada.post("custom-fields", body)


def pointers(problem: Json) -> list[str]:
    return [error["pointer"] for error in problem["errors"]]


def test_values_are_checked_kept_merged_and_cleared(cast: Cast) -> None:
    ada, ben = cast.ada, cast.ben
    add(ada, "candidate", "size", "select", options=["S", "M"])
    add(ada, "candidate", "languages", "multi_select", options=["de", "en", "fr"])
    add(ada, "candidate", "shoe", "number")
    add(ada, "candidate", "driver", "boolean")
    told = {"size": "M", "languages": ["de", "en"], "shoe": 43, "driver": True}
    made = ben.post("candidates", {"full_name": "Sam", "custom_fields": told})
    path = f"candidates/{made['id']}"
    assert made["custom_fields"] == told
    assert ben.get("candidates")["items"][0]["custom_fields"] == told

    change = {"custom_fields": {"size": None, "shoe": 43.5}}
    changed = ben.patch(path, change)
    assert changed["custom_fields"] == {"languages": ["de", "en"], "shoe": 43.5, "driver": True}
    assert (changed["version"], ben.patch(path, change)["version"]) == (2, 2)
    assert ben.get(path) == changed
    newest = ada.get(f"audit-log?subject_id={made['id']}")["items"][0]
    assert changes_of(newest)["custom_fields"]["from"] == told

    wrong = {"size": "XL", "shoe": "43", "driver": 1, "unknown": 1, "languages": []}
    problem = ben.patch(path, {"custom_fields": wrong}, expect=422)
    at = ("size", "shoe", "driver", "unknown")
    assert pointers(problem) == [f"/custom_fields/{key}" for key in at]
    for no_key, at_it in {"no key": "", "": "", "Size": "/Size", "é": "", "size\n": ""}.items():
        # Whatever else is wrong, such as a stale version: no field has ever such a key.
        stale = {"If-Match": '"99"'}
        problem = ben.patch(path, {"custom_fields": {no_key: 1}}, expect=422, headers=stale)
        error = {"pointer": f"/custom_fields{at_it}", "detail": "There is no such field"}
        assert problem["errors"] == [error]
    problem = ben.patch(path, {"custom_fields": {"languages": [1]}}, expect=422)
    assert pointers(problem) == ["/custom_fields/languages"]
    for unfit in ("x" * 5001, {"a": 1}, [["de"]], "\x00", ["x"] * 101):
        problem = ben.patch(path, {"custom_fields": {"size": unfit}}, expect=422)
        assert pointers(problem) == ["/custom_fields/size"]
    assert ben.get(path) == changed


def test_positions_and_applications_have_fields_of_their_own(cast: Cast) -> None:
    ada, ben = cast.ada, cast.ben
    add(ada, "position", "budget", "number", required=True)
    add(ada, "application", "seen", "date")
    assert pointers(ben.post("positions", {"title": "x"}, expect=422)) == ["/custom_fields/budget"]
    position = ben.post("positions", {"title": "x", "custom_fields": {"budget": 900}})
    path = f"positions/{position['id']}"
    ben.patch(path, {"custom_fields": {"budget": None}}, expect=422)
    assert ben.patch(path, {"custom_fields": {"budget": 950.5}})["version"] == 2
    assert ben.get("positions")["items"][0]["custom_fields"] == {"budget": 950.5}

    seen = {"custom_fields": {"seen": "2019-05-13"}}
    application = ben.application(ben.candidate(), position["id"], **seen)
    assert ben.get(f"applications/{application}")["custom_fields"] == seen["custom_fields"]
    ben.candidate(custom_fields={})
    ben.post("candidates", {"full_name": "Kim", **seen}, expect=422)
    cleared = ben.patch(f"applications/{application}", {"custom_fields": {"seen": None}})
    assert (cleared["custom_fields"], cleared["version"]) == ({}, 2)


def test_lists_are_filtered_by_a_value(cast: Cast) -> None:
    ada, ben = cast.ada, cast.ben
    add(ada, "candidate", "languages", "multi_select", options=["de", "en"])
    add(ada, "candidate", "shoe", "number")
    add(ada, "candidate", "driver", "boolean")
    add(ada, "candidate", "note", "text")
    one = ben.candidate(
        custom_fields={"languages": ["de", "en"], "shoe": 43, "driver": True, "note": 'a:"b" 1'}
    )
    two = ben.candidate(custom_fields={"languages": ["en"], "shoe": 1.5, "note": "1"})
    wanted = {
        "languages:en": [one, two],
        "languages:de": [one],
        "languages:e": [],
        "shoe:43": [one],
        "shoe:43.0": [one],
        "shoe:1.5": [two],
        "driver:true": [one],
        "driver:1": [],
        'note:a:"b" 1': [one],
        "note:1": [two],
    }
    found = {
        text: [each["id"] for each in ben.get("candidates", params={"custom_field": text})["items"]]
        for text in wanted
    }
    assert found == wanted
    for text in ("shoe", "Shoe:1", "a.b:1", ":1"):
        problem = ben.get("candidates", expect=422, params={"custom_field": text})
        assert pointers(problem) == ["?custom_field"]


def test_a_filter_by_a_field_that_is_not_there_is_refused(cast: Cast) -> None:
    ada, ben = cast.ada, cast.ben
    add(ada, "candidate", "shoe", "number")
    asked = {"custom_field": "shoe:43"}
    for place in ("positions", "applications"):
        problem = ben.get(place, expect=422, params=asked)
        (error,) = problem["errors"]
        why = f"no field of {place} has the key shoe"
        assert error == {"pointer": "?custom_field", "detail": why}
    ben.get("candidates", expect=422, params={"custom_field": "size:43"})
    search = ben.post("saved-searches", {"name": "x", "parameters": {"custom_field": "size:43"}})
    problem = ben.get(f"saved-searches/{search['id']}/candidates", expect=422)
    assert pointers(problem) == ["/parameters/custom_field"]
    tag = {"actions": [{"type": "add_tags", "tags": ["x"]}]}
    selections = ({"filter": {"custom_field": "size:43"}}, {"saved_search_id": search["id"]})
    at = [
        pointers(ben.post("candidates/bulk", {"selection": each, **tag}, expect=422))
        for each in selections
    ]
    below = ("filter", "saved_search_id")
    assert at == [[f"/selection/{each}/custom_field"] for each in below]


def test_a_field_is_archived_and_its_key_and_type_stay(cast: Cast) -> None:
    ada, ben = cast.ada, cast.ben
    field = add(ada, "candidate", "size", "select", options=["S", "M"], required=True)
    path = f"custom-fields/{field['id']}"
    sam = f"candidates/{ben.candidate(custom_fields={'size': 'M'})}"
    again = {"applies_to": "candidate", "key": "size", "name": "x", "type": "text"}
    assert ada.post("custom-fields", again, expect=409)["existing_id"] == field["id"]
    ada.post("custom-fields", {**again, "applies_to": "position"})
    ben.patch(path, {"name": "x"}, expect=403)
    ada.patch(path, {"type": "text"}, expect=422)
    assert pointers(ada.patch(path, {"options": []}, expect=422)) == ["/options"]
    ada.patch(path, {"name": "x"}, expect=412, headers={"If-Match": '"7"'})

    archived = ada.patch(path, {"archived": True, "options": ["S"], "name": "Shirt"})
    assert (archived["version"], archived["archived_at"] is None) == (2, False)
    assert ben.get(sam)["custom_fields"] == {"size": "M"}
    problem = ben.patch(sam, {"custom_fields": {"size": "S"}}, expect=422)
    assert pointers(problem) == ["/custom_fields/size"]
    assert ben.patch(sam, {"custom_fields": {"size": None}})["custom_fields"] == {}
    ben.candidate()
    assert ada.patch(path, {"archived": False})["archived_at"] is None
    listed = ben.get("custom-fields?applies_to=candidate")["items"]
    assert [(each["key"], each["name"]) for each in listed] == [("size", "Shirt")]
