"""A body that names somebody who was merged is told into whom."""

import uuid

from tests.cast import Cast
from tests.duplicates.test_merging import merge
from tests.house.acme import receive_mail
from tests.stores import usually_on_one_store


@usually_on_one_store
def test_who_was_merged_is_told_wherever_a_body_names_them(cast: Cast) -> None:
    ben, position = cast.ben, cast.ben.position()
    lost, kept = ben.candidate(), ben.candidate()
    follow_up = ben.follow_up(kept, "2018-11-01T15:00:00Z")["id"]
    name = [{"source": "ats", "type": "application", "id": "1"}]
    tries = [{"external_ids": name, "candidate": {"id": lost}, "position": {"id": position}}]
    ben.post("applications/batch", {"items": tries}, expect=200)
    merge(ben, kept, lost)
    receive_mail(cast.ada, "strange@elsewhere.example")
    message = ben.get("intake/unassigned")["items"][0]["id"]
    body = {"candidate_id": lost}
    told = [
        ben.post(f"follow-ups/{follow_up}/reassign", body, expect=422),
        ben.post(f"intake/unassigned/{message}/assign", body, expect=422),
        ben.post("applications", {**body, "position_id": position}, expect=422),
    ]
    contact = {"candidate": {"id": lost}, "channel": "call"}
    items = [contact, {**contact, "candidate": {"id": str(uuid.uuid4())}}]
    known, strange = ben.post("follow-ups/batch", {"items": items}, expect=200)["items"]
    told += [
        known["problem"],
        *(
            item["problem"]
            for each in (tries, [{**tries[0], "external_ids": []}])
            for item in ben.post("applications/batch", {"items": each}, expect=200)["items"]
        ),
    ]
    assert [problem["errors"][0]["merged_into"] for problem in told] == [kept] * 6
    assert [problem["errors"][0]["pointer"] for problem in told] == [
        *["/candidate_id"] * 3,
        *["/items/0/candidate/id"] * 3,
    ]
    assert "merged_into" not in strange["problem"]["errors"][0]
