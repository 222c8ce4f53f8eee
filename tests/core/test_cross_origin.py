"""Pages of other origins, and the addresses a proxy tells; both only where a setting says so."""

from functools import cache
from typing import Any

import pytest
from fastapi import Request
from pydantic import ValidationError
from starlette.testclient import TestClient

from app.core.settings import Settings
from app.main import create_app

PAGE = "https://app.example"
PREFLIGHT = {
    "Origin": PAGE,
    "Access-Control-Request-Method": "PATCH",
    "Access-Control-Request-Headers": "authorization, if-match, idempotency-key, on-behalf-of",
}


@cache
def client(**settings: Any) -> TestClient:
    """Return a client of the service with these settings, and an address that tells who asks."""
    app = create_app(Settings(**settings))

    @app.get("/whence")
    async def whence(request: Request) -> dict[str, str]:
        assert request.client is not None
        return {"host": request.client.host, "scheme": request.url.scheme}

    return TestClient(app, client=("192.0.2.9", 50000))


def test_no_page_of_another_origin_reads_anything_by_default() -> None:
    http = client()
    answers = [http.options("/v1/me", headers=PREFLIGHT), http.get("/healthz", headers=PREFLIGHT)]
    told = {name for answer in answers for name in answer.headers}
    assert {name for name in told if name.startswith("access-control-")} == set()


def test_pages_of_an_origin_that_is_named_may() -> None:
    http = client(cors_origins=f"{PAGE}, https://other.example")
    asked = http.options("/v1/me", headers=PREFLIGHT)
    assert asked.status_code == 204
    assert asked.headers["Access-Control-Allow-Origin"] == PAGE
    assert "PATCH" in asked.headers["Access-Control-Allow-Methods"]
    answer = http.get("/v1/nowhere", headers={"Origin": PAGE})
    assert answer.status_code == 404
    assert answer.headers["Access-Control-Allow-Origin"] == PAGE
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert "RateLimit" in answer.headers["Access-Control-Expose-Headers"]


@pytest.mark.parametrize(
    "other",
    [
        {"Origin": "https://app.example.evil.example"},
        {"Access-Control-Request-Method": "TRACE"},
        {"Access-Control-Request-Headers": "x-anything"},
    ],
)
def test_a_preflight_that_is_refused_is_a_problem(other: dict[str, str]) -> None:
    answer = client(cors_origins=PAGE).options("/v1/me", headers={**PREFLIGHT, **other})
    assert answer.status_code == 403
    assert answer.json()["type"] == "/problems/forbidden"
    assert answer.headers["X-Request-Id"]
    evil = client(cors_origins=PAGE).get("/healthz", headers={"Origin": "https://x.example"})
    assert "Access-Control-Allow-Origin" not in evil.headers


FORWARDED = {"X-Forwarded-For": "203.0.113.7, 198.51.100.1", "X-Forwarded-Proto": "https"}


@pytest.mark.parametrize(
    ("trusted", "host", "scheme"),
    [
        (None, "192.0.2.9", "http"),
        ("10.0.0.0/8", "192.0.2.9", "http"),
        ("192.0.2.9", "198.51.100.1", "https"),
        ("192.0.2.0/24, 198.51.100.1", "203.0.113.7", "https"),
    ],
)
def test_only_a_proxy_that_is_named_is_believed(
    trusted: str | None, host: str, scheme: str
) -> None:
    http = client(trusted_proxies=trusted)
    assert http.get("/whence", headers=FORWARDED).json() == {"host": host, "scheme": scheme}


@pytest.mark.parametrize(
    "wrong",
    [
        {"cors_origins": "app.example"},
        {"cors_origins": "https://app.example/"},
        {"trusted_proxies": "proxy.internal"},
        {"trusted_proxies": "10.0.0.0/99"},
    ],
)
def test_a_list_that_cannot_be_meant_is_refused_at_the_start(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Settings(**wrong)
