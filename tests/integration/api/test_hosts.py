"""Whom a browser believes to talk to: without tokens, only this machine by its own names."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from stripe import WebhookSignature

from api import codec_server
from api.app import create_app
from api.middleware.authentication import host_of
from config import Settings
from tests.integration.api import matrix
from tests.integration.api.problems import problem_of

OURS = ("localhost", "localhost:8000", "LocalHost", "127.0.0.1", "127.0.0.1:8000", "[::1]:8000")
OTHERS = (
    *(
        "evil.test",
        "evil.test:8000",
        "localhost.evil.test",
        "127.0.0.1.evil.test",
        "evil.localhost",
    ),
    *("", ":8000", "[::1", "10.0.0.1", "[::2]:8000", "evil.test, localhost", "localhost@evil.test"),
)


@asynccontextmanager
async def serving(app: FastAPI) -> AsyncGenerator[httpx.AsyncClient]:
    """A client whose Host header may be set."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://localhost") as http,
    ):
        yield http


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("host", OURS)
async def test_this_machine_by_its_own_names(http: httpx.AsyncClient, host: str) -> None:
    assert (await http.get("/products", headers={"Host": host})).status_code == 200


@pytest.mark.parametrize("host", OTHERS)
async def test_any_other_name_is_refused(http: httpx.AsyncClient, host: str) -> None:
    """Before anything is done: whatever a page from elsewhere requests."""
    for method, path in (
        *(("GET", "/"), ("GET", "/customers/kermit"), ("GET", "/docs"), ("GET", "/nowhere")),
        *(("POST", "/dev/audit"), ("DELETE", "/dev/troubles"), ("OPTIONS", "/orders")),
    ):
        problem = problem_of(await http.request(method, path, headers={"Host": host}), 421)
        assert "PUBLIC_URL" in problem["detail"]
        assert "evil" not in str(problem)


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    "origin", ["http://localhost:8000", "http://127.0.0.1:8233", "http://[::1]"]
)
async def test_pages_of_this_machine(http: httpx.AsyncClient, origin: str) -> None:
    assert (await http.get("/products", headers={"Origin": origin})).status_code == 200


@pytest.mark.parametrize(
    "origin",
    ["https://evil.test", "http://localhost.evil.test", "null", "", "localhost", "http://["],
)
async def test_a_page_from_elsewhere_is_refused(http: httpx.AsyncClient, origin: str) -> None:
    """It could not read the answers, but have things done."""
    for method, path in (("POST", "/dev/audit"), ("POST", "/orders/x/cancel"), ("GET", "/")):
        problem_of(await http.request(method, path, headers={"Origin": origin}), 421)


async def test_several_names_are_none(http: httpx.AsyncClient) -> None:
    answer = await http.get("/products", headers=[("Host", "localhost"), ("Host", "localhost")])
    problem_of(answer, 421)


def test_who_says_no_name_has_none() -> None:
    assert not host_of({"type": "http", "headers": []})


@pytest.mark.usefixtures("database")
async def test_the_host_of_the_public_url(settings: Settings) -> None:
    public = settings.model_copy(update={"public_url": "https://Shop.test:8443/api"})
    async with serving(create_app(public)) as http:
        for host in ("shop.test", "shop.test:8443", "127.0.0.1:8000"):
            assert (await http.get("/products", headers={"Host": host})).status_code == 200
        problem_of(await http.get("/products", headers={"Host": "evil.test"}), 421)


@pytest.mark.usefixtures("database")
async def test_remote_access_does_not_open_other_host_names(settings: Settings) -> None:
    """On all interfaces, as in a container, pages still cannot reach it by DNS rebinding."""
    remote = {"api_host": "0.0.0.0", "allow_unauthenticated_remote_access": True}
    async with serving(create_app(settings.model_copy(update=remote))) as http:
        assert (await http.get("/products", headers={"Host": "127.0.0.1"})).status_code == 200
        problem_of(await http.get("/products", headers={"Host": "evil.test"}), 421)
        problem_of(await http.get("/products", headers={"Origin": "http://evil.test"}), 421)


async def test_what_is_signed_may_come_by_any_name(settings: Settings) -> None:
    """Containers know each other by other names; and nobody else can sign."""
    secret = matrix.settings(Path()).stripe_webhook_secrets
    signed = settings.model_copy(update={"stripe_webhook_secrets": secret})
    signature = WebhookSignature.generate_signature_header(matrix.EVENT, matrix.WEBHOOK_SECRET)
    headers = {"Host": "api:8080", "Stripe-Signature": signature}
    async with serving(create_app(signed)) as http:
        signed_event = await http.post("/webhooks/stripe", content=matrix.EVENT, headers=headers)
        assert signed_event.status_code == 200
        unsigned = await http.post("/webhooks/stripe", content="{}", headers={"Host": "api:8080"})
        problem_of(unsigned, 400)


async def test_with_tokens_it_does_not_matter(settings: Settings, tmp_path: Path) -> None:
    """No browser sends one by itself, and proxies may call us as they like."""
    async with serving(create_app(matrix.settings(tmp_path, settings.database_url))) as http:
        for path, status in (("/healthz", 200), ("/products", 401)):
            answer = await http.get(path, headers={"Host": "evil.test"})
            assert answer.status_code == status


async def test_the_codec_server_decrypts_for_no_other_name() -> None:
    async with serving(codec_server.create_app(Settings())) as http:
        answer = await http.post("/decode", json={"payloads": []}, headers={"Host": "evil.test"})
        problem_of(answer, 421)
        answer = await http.post("/decode", json={"payloads": []}, headers={"Host": "localhost"})
        assert answer.status_code == 200


async def test_the_codec_server_decrypts_for_the_web_uis_that_are_named() -> None:
    named = Settings().model_copy(update={"codec_origins": "http://temporal.test:8233"})
    async with serving(codec_server.create_app(named)) as http:
        for origin, status in (("http://temporal.test:8233", 200), ("https://evil.test", 421)):
            asked = await http.post("/decode", json={"payloads": []}, headers={"Origin": origin})
            assert asked.status_code == status
