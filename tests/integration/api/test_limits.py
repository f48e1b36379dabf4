"""Too much, too often: 413 and 429, and who is counted with whom."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest
from temporalio.client import Client

from api.app import create_app
from api.auth.scopes import Scope
from api.middleware.limits import Bucket, RateLimits
from config import Auth, Settings
from dev.tokens import OF_A_CUSTOMER, Mint
from domain.errors import LimitReachedError
from security.card_links import CardLinks
from storage import payments
from storage.database import Database
from tests.integration.api import matrix, webhooks
from tests.integration.api.matrix import ABSENT, ACCEPTED, LINK_KEY, WRITTEN
from tests.integration.api.problems import problem_of
from tests.support.examples import add_customer, payment
from tests.support.fake_temporal import FakeTemporal
from workflows.messages import PaymentInput, TermsSnapshot

CARD = {"payment_method": "pm_card_visa"}


@pytest.fixture(autouse=True)
def within_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """Minutes end when they like: here all happens in the middle of one."""
    clock = SimpleNamespace(time=lambda: 1_800_000_030.0)
    for module in ("api.middleware.limits", "limits.strategies", "limits.storage.memory"):
        monkeypatch.setattr(f"{module}.time", clock)


@asynccontextmanager
async def serving(
    settings: Settings, address: str = "10.0.0.1"
) -> AsyncGenerator[httpx.AsyncClient]:
    """A client at that address of an application whose Temporal takes everything."""
    app = create_app(settings)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=(address, 1))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://localhost") as http,
    ):
        accepted = PaymentInput.of(payment(ACCEPTED), TermsSnapshot())
        temporal = FakeTemporal({f"payment/{ACCEPTED}": accepted})
        app.state.context = replace(app.state.context, temporal=cast("Client", temporal))
        yield http


def limited(settings: Settings, **limits: int) -> Settings:
    """The same without development mode, and with these limits."""
    return settings.model_copy(update={"development_mode": False} | limits)


async def tell(http: httpx.AsyncClient, body: str) -> httpx.Response:
    """A webhook that the API of `barred` takes for Stripe's."""
    return await webhooks.tell(http, body, secret=matrix.WEBHOOK_SECRET)


async def chunks(size: int, of: int = 1000) -> AsyncIterator[bytes]:
    """A body that nobody says the length of before."""
    while size > 0:
        yield b" " * min(of, size)
        size -= of


@pytest.mark.parametrize("method", ["POST", "PUT", "GET", "DELETE"])
@pytest.mark.parametrize("path", ["/customers", "/healthz", "/nowhere"])
async def test_a_body_that_is_too_long(http: httpx.AsyncClient, method: str, path: str) -> None:
    # Where no body is taken, what nobody says the length of is not read.
    unsaid = (chunks(65_537), chunks(1_000_000)) if path != "/healthz" else ()
    for content in (b" " * 65_537, *unsaid):
        answer = await http.request(method, path, content=content)
        problem = problem_of(answer, 413)
        assert "65536 bytes" in problem["detail"]
    said = {"Content-Length": "65537"}
    problem_of(await http.request(method, path, content=chunks(0), headers=said), 413)


async def test_the_longest_body(http: httpx.AsyncClient) -> None:
    body = b'{"id": "gonzo", "name": "Gonzo", "email": "gonzo@example.com"}'
    json = {"Content-Type": "application/json"}
    for content in (body.ljust(65_536), chunks_of(body.ljust(65_536))):
        answer = await http.post("/customers", content=content, headers=json)
        assert answer.is_success


async def chunks_of(content: bytes) -> AsyncIterator[bytes]:
    """In pieces."""
    for start in range(0, len(content), 1000):
        yield content[start : start + 1000]


async def test_another_limit_of_bodies(settings: Settings, database: Database) -> None:
    async with serving(limited(settings, max_body_bytes=10)) as http:
        problem_of(await http.post("/customers", content=b" " * 11), 413)
        problem_of(await http.post("/customers", content=b" " * 10), 422)


@pytest.mark.parametrize("path", ["/card-update", "/card-update/authentication"])
async def test_bodies_of_whoever_has_a_link_are_short(http: httpx.AsyncClient, path: str) -> None:
    for content in (b" " * 1_025, chunks(1_025)):
        problem = problem_of(await http.put(path, content=content), 413)
        assert "1024 bytes" in problem["detail"]
    for content in (b" " * 1_024, chunks(1_024)):
        assert (await http.put(path, content=content)).status_code in {401, 405}


@pytest.fixture
def barred(settings: Settings, tmp_path: Path) -> Settings:
    """Settings of an API that requires tokens: five requests a minute, two of them changes."""
    barred = matrix.settings(tmp_path / "tokens", settings.database_url)
    return limited(barred, requests_per_minute=5, changes_per_minute=2)


@pytest.fixture
def mint(tmp_path: Path) -> Mint:
    """The issuer that it trusts."""
    return Mint(tmp_path / "tokens")


def bearer(mint: Mint, customer: str) -> dict[str, str]:
    """Headers with a token, which is another one each time."""
    scopes = tuple(Scope) if customer == "operator" else OF_A_CUSTOMER
    return {"Authorization": f"Bearer {mint.token(customer, scopes, jti=str(id(object())))}"}


async def test_each_customer_has_a_share_of_their_own(
    barred: Settings, mint: Mint, database: Database
) -> None:
    async with serving(barred) as http:
        for _ in range(5):
            answer = await http.get("/products", headers=bearer(mint, "kermit"))
            assert answer.status_code == 200
        answer = await http.get("/orders", headers=bearer(mint, "kermit"))
        assert "5 requests per minute" in problem_of(answer, 429)["detail"]
        assert 1 <= int(answer.headers["retry-after"]) <= 60
        for other in ("gonzo", "operator"):
            answer = await http.get("/products", headers=bearer(mint, other))
            assert answer.status_code == 200


async def test_changes_have_a_smaller_share(
    barred: Settings, mint: Mint, database: Database
) -> None:
    path, kermit = f"/orders/{ABSENT}/cancel", bearer(mint, "kermit")
    async with serving(barred) as http:
        for _ in range(2):
            problem_of(await http.post(path, headers=kermit), 404)
        problem_of(await http.post(path, headers=kermit), 429)
        assert (await http.get("/products", headers=kermit)).status_code == 200


async def test_whoever_is_no_customer_is_counted_by_address(
    barred: Settings, mint: Mint, database: Database
) -> None:
    """Those who failed to authenticate, the page, webhooks and operators: each for themselves."""
    operator = bearer(mint, "operator")
    async with serving(limited(barred, requests_per_minute_and_address=3)) as http:
        problem_of(await http.get("/orders"), 401)
        for token in ("x", mint.token("kermit", (), aud="another")):
            answer = await http.get("/orders", headers={"Authorization": f"Bearer {token}"})
            problem_of(answer, 401)
        for path in ("/orders", "/nowhere"):
            problem_of(await http.get(path), 429)
        for _ in range(3):
            assert (await http.get("/docs")).status_code == 200
            assert (await tell(http, "{}")).status_code == 200
            assert (await http.get("/products", headers=operator)).status_code == 200
        problem_of(await http.get("/docs"), 429)
        problem_of(await tell(http, "{}"), 429)
        problem_of(await http.get("/products", headers=operator), 429)
        for _ in range(9):
            assert (await http.get("/healthz")).status_code == 200
            assert (await http.get("/readyz")).status_code == 200
        answer = await http.get("/products", headers=bearer(mint, "kermit"))
        assert answer.status_code == 200


def link(payment_id: str, days: float = 1) -> dict[str, str]:
    """Headers with the token of a mail's link, valid for so many days."""
    until = datetime.now(UTC) + timedelta(days=days)
    url = CardLinks([LINK_KEY], "http://api").link(payment_id, until)
    return {"Authorization": f"Bearer {str(url).rpartition('/')[2]}"}


async def test_whoever_has_a_link_is_counted_by_its_payment(
    barred: Settings, database: Database
) -> None:
    """Wherever they are, and whichever of the payment's links they have."""
    with database.write() as tx:
        payments.request(tx, payment(WRITTEN))
        payments.request(tx, payment(ACCEPTED))
    async with serving(barred) as http:
        for number in range(2):
            put = await http.put("/card-update", headers=link(WRITTEN, 1 + number), json=CARD)
            assert put.status_code == 202
        refused = await http.put("/card-update", headers=link(WRITTEN), json=CARD)
        assert "2 requests per minute" in problem_of(refused, 429)["detail"]
        for number in range(3):
            get = await http.get("/card-update", headers=link(WRITTEN, 1 + number))
            assert get.status_code == 200
        for path in ("/card-update", "/card-update/authentication"):
            refused = await http.get(path, headers=link(WRITTEN))
            assert "5 requests per minute" in problem_of(refused, 429)["detail"]
        assert (await http.get("/card-update", headers=link(ACCEPTED))).status_code == 200


WEBHOOKS = "/webhooks/stripe"
FORGED = {"Stripe-Signature": "t=1,v1=00"}
STRANGE: dict[str, tuple[str, int, dict[str, str], int]] = {
    "unsigned": ("POST", 10, {}, 400),
    "forged": ("POST", 10, FORGED, 400),
    "too long": ("POST", 70_000, FORGED, 413),
    "another method": ("GET", 0, {}, 405),
}
"""Method, size of the body, headers, status."""


@pytest.mark.parametrize("strange", STRANGE.values(), ids=STRANGE)
@pytest.mark.parametrize("auth", Auth)
async def test_strangers_leave_the_webhooks_alone(
    barred: Settings, database: Database, auth: Auth, strange: tuple[str, int, dict[str, str], int]
) -> None:
    """From one address, as behind a proxy that is not trusted: what is signed has its own share."""
    method, size, headers, status = strange
    few = limited(barred, requests_per_minute_and_address=3).model_copy(update={"auth": auth})
    async with serving(few) as http:
        for expected in (status, status, status, 429, 429):
            content = chunks(size)
            answer = await http.request(method, WEBHOOKS, content=content, headers=headers)
            problem_of(answer, expected)
        for _ in range(3):
            assert (await tell(http, "{}")).status_code == 200
        problem_of(await tell(http, "{}"), 429)


async def test_without_tokens_everybody_is_counted_by_address(
    settings: Settings, database: Database
) -> None:
    async with serving(limited(settings, requests_per_minute_and_address=3)) as http:
        for _ in range(3):
            assert (await http.get("/products")).status_code == 200
        assert int((await http.get("/products")).headers["retry-after"]) >= 1
        answer = await http.put("/products/reed", json={"name": "Reed", "price": 1, "stock": 1})
        problem_of(answer, 429)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("10.0.0.1", "10.0.0.2", False),
        ("2001:db8::1", "2001:db8::ffff:2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:10.0.0.1", "::ffff:10.0.0.2", False),
        ("a socket", "a socket", True),
    ],
)
def test_addresses(settings: Settings, one: str, other: str, *, same: bool) -> None:
    """Of IPv6 one client has 2 to the power of 64, and must not have as many shares."""
    rates = RateLimits(limited(settings, requests_per_minute_and_address=1))

    def asks(address: str) -> bool:
        try:
            scope = {"type": "http", "method": "GET", "client": (address, 1)}
            rates.count(None, scope, Bucket.PAGE)
        except LimitReachedError:
            return False
        return True

    assert asks(one)
    assert asks(other) is not same


async def test_ten_cards_a_day_for_a_payment(settings: Settings, database: Database) -> None:
    """However they are given, at whichever process, and whether it is written down or not."""
    with database.write() as tx:
        payments.request(tx, payment(WRITTEN))
        add_customer(tx, "gonzo")
    few = limited(settings)
    async with serving(few) as one, serving(few) as other:
        for number in range(9):
            http = (one, other)[number % 2]
            for id in (WRITTEN, ACCEPTED):
                answer = await http.put(f"/payments/{id}/card", json=CARD)
                assert answer.status_code == 202
        answer = await other.put("/customers/kermit/card", json=CARD)
        assert answer.status_code == 200
        for http in (one, other):
            for path in (
                f"/payments/{WRITTEN}/card",
                f"/payments/{ACCEPTED}/card",
                "/customers/kermit/card",
            ):
                answer = await http.put(path, json=CARD)
                assert "10 times a day" in problem_of(answer, 429)["detail"]
                assert 86_000 < int(answer.headers["retry-after"]) <= 86_400
        assert (await one.put("/customers/gonzo/card", json=CARD)).status_code == 200


async def test_a_card_that_is_not_taken_is_not_given(
    settings: Settings, database: Database
) -> None:
    """No card beyond the limit reaches Temporal; what is refused before that does not count."""
    with database.write() as tx:
        payments.request(tx, payment(WRITTEN))
    async with serving(limited(settings, card_updates_per_day=1)) as http:
        path = f"/payments/{WRITTEN}/card"
        for body in ({"payment_method": "visa"}, {}):
            problem_of(await http.put(path, json=body), 422)
        temporal = cast("Any", http)._transport.app.state.context.temporal
        assert (await http.put(path, json=CARD)).status_code == 202
        problem_of(await http.put(path, json=CARD), 429)
        problem_of(await http.put("/customers/kermit/card", json=CARD), 429)
        assert temporal.asked == [("card_details_updated", f"payment/{WRITTEN}")]
