"""The reference is read without asking any other host."""

import re
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from app.core.settings import Settings
from app.main import create_app

STATIC = Path(__file__).resolve().parents[2] / "app" / "reference" / "static"


@pytest.fixture(scope="module")
def browser() -> TestClient:
    return TestClient(create_app(Settings()))


@pytest.mark.parametrize("page", ["/docs", "/redoc"])
def test_a_page_loads_from_its_own_origin_alone(browser: TestClient, page: str) -> None:
    answer = browser.get(page)
    assert answer.headers["content-type"].startswith("text/html")
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "default-src 'none'" in policy
    assert "http" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert not re.search(r"//\w|<script>|\son\w+=|style=", answer.text)
    loaded = re.findall(r'(?:src|href)="(/[^"]*)"', answer.text)
    assert len(loaded) >= 3
    for address in loaded:
        found = browser.get(address)
        assert found.status_code == 200, address
        assert len(found.content) > 50, address


def test_the_lines_that_start_a_page_name_no_other_host() -> None:
    ours = sorted(STATIC.iterdir())
    assert len(ours) == 5
    assert [path.name for path in ours if re.search(r"//\w", path.read_text())] == []


def test_what_a_page_loads_may_be_kept_and_the_page_may_not(browser: TestClient) -> None:
    bundle = browser.get("/docs/swagger-ui-bundle.js")
    assert "max-age" in bundle.headers["cache-control"]
    assert bundle.headers["content-type"].startswith("text/javascript")
    unchanged = browser.get("/docs/swagger-ui-bundle.js", headers={"Range": "bytes=0-9"})
    assert (unchanged.status_code, len(unchanged.content)) == (206, 10)
    assert browser.get("/docs").headers["cache-control"] == "no-store"
