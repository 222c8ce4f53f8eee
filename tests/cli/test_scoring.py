"""`firstinline scoring`."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from app.cli import scoring
from app.shortlists.jobs import score_by_new_policy
from tests.cli.terminal import Terminal


def test_who_waits_for_a_version_is_told_how_far_it_has_come(
    told: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scoring, "_LOOKS_EVERY", 0.02)
    assert told.run("scoring").out == "Scores are made by version 1.\n"
    key = (told.folder / ".firstinline-demo-key").read_text(encoding="ascii").strip()
    with told.person(key) as person:
        person.post("scoring-policies", {"half_life_days": 400})
        printed = told.run("scoring").out
        assert "Version 2 is coming: the worker has not begun to score by it." in printed
        with told.database() as database, ThreadPoolExecutor(1) as pool:
            watched = pool.submit(told.run, "scoring", "--watch")
            scored = sum(score_by_new_policy(database, person.organization_id))
            assert watched.result().out == "Scores are made by version 2.\n"
        assert scored > 1
        assert person.get("scoring-policies/2")["progress"] is None
