"""The web page at `/`: served beside the API, and its response headers for browsers."""

from collections.abc import AsyncGenerator
from pathlib import Path

import httpx
import pytest

from api.app import create_app
from config import Settings

SCRIPT = "/assets/index-abc.js"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the page is built; nothing is there yet."""
    return tmp_path / "dist"


@pytest.fixture
async def http(settings: Settings, folder: Path) -> AsyncGenerator[httpx.AsyncClient]:
    app = create_app(settings, web_page_folder=folder)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://localhost") as client,
    ):
        yield client


def build(folder: Path) -> None:
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html>")
    (folder / SCRIPT.removeprefix("/")).write_text("export {}")
    (folder / ".digest").write_text("secret")


async def test_what_is_missing_is_said_until_the_page_is_built(
    http: httpx.AsyncClient, folder: Path
) -> None:
    missing = await http.get("/")
    assert missing.status_code == 503
    assert missing.headers["content-type"] == "application/problem+json"
    assert "Node.js" in missing.json()["detail"]
    assert (await http.get(SCRIPT)).status_code == 404
    assert (await http.get("/docs")).status_code == 200

    build(folder)

    page = await http.get("/")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert page.headers["cache-control"] == "no-cache"


async def test_assets_never_change(http: httpx.AsyncClient, folder: Path) -> None:
    build(folder)
    script = await http.get(SCRIPT)
    assert script.headers["content-type"].startswith("text/javascript")
    assert "immutable" in script.headers["cache-control"]
    for elsewhere in ("/assets/other.js", "/assets/../index.html", "/assets/%2e%2e/.digest"):
        answer = await http.get(elsewhere)
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("range", ["bytes=0-2", "bytes=abc", "lines=1-2", "bytes=99999999-"])
async def test_an_asset_is_sent_as_a_whole(
    http: httpx.AsyncClient, folder: Path, range: str
) -> None:
    build(folder)
    answer = await http.get(SCRIPT, headers={"Range": range})
    assert (answer.status_code, answer.text) == (200, "export {}")
    assert answer.headers["accept-ranges"] == "none"


@pytest.mark.parametrize("path", ["/", SCRIPT, "/orders", "/nowhere"])
async def test_browsers_load_nothing_from_elsewhere(
    http: httpx.AsyncClient, folder: Path, path: str
) -> None:
    build(folder)
    headers = (await http.get(path)).headers
    policy = headers["content-security-policy"]
    assert {"default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"} <= set(
        policy.split("; ")
    )
    assert "unsafe" not in policy
    assert "frame-src" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


async def test_the_documentation_has_its_script_inline(http: httpx.AsyncClient) -> None:
    policy = (await http.get("/docs")).headers["content-security-policy"]
    assert "script-src 'self' 'unsafe-inline'" in policy
    assert "frame-ancestors 'none'" in policy


async def test_what_the_page_goes_by(http: httpx.AsyncClient) -> None:
    assert (await http.get("/ui-config")).json() == {
        "auth": "none",
        "currency": "EUR",
        "development_mode": True,
        "temporal_ui_url": "http://127.0.0.1:8233",
        "temporal_namespace": "default",
        "card_script": None,
        "customer_claim": "sub",
        "fault_injection": False,
    }


async def test_the_page_may_load_the_card_providers_script(settings: Settings) -> None:
    """Where it authenticates charges, and nothing else of others."""
    with_script = settings.model_copy(update={"stripe_publishable_key": "pk_test_x"})
    app = create_app(with_script)
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://localhost") as http,
    ):
        config = await http.get("/ui-config")
    script = {"url": "https://js.stripe.com/v3/", "publishable_key": "pk_test_x"}
    assert config.json()["card_script"] == script
    stripe_js = "https://js.stripe.com https://*.js.stripe.com"
    policy = set(config.headers["content-security-policy"].split("; "))
    assert {
        "default-src 'none'",
        f"script-src 'self' {stripe_js}",
        "connect-src 'self' https://api.stripe.com",
        f"frame-src {stripe_js} https://hooks.stripe.com",
        "frame-ancestors 'none'",
    } <= policy
