"""Clients keep a receipt of each accepted POST, and of no other request."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from verification.audit import SourceUnavailableError, receipts
from verification.audit.records import Receipt

KEY = {"Idempotency-Key": "key-1"}
BODY = {"customer_id": "kermit"}


def server(request: httpx.Request) -> httpx.Response:
    """Accepts every request except /bad."""
    if request.url.path == "/bad":
        return httpx.Response(422, json={"title": "bad"})
    return httpx.Response(202, json={"id": request.url.path.strip("/")})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "receipts.jsonl"


def shop(path: Path) -> httpx.Client:
    hooks = {"response": [receipts.keeping(path)]}
    transport = httpx.MockTransport(server)
    return httpx.Client(base_url="http://shop", transport=transport, event_hooks=hooks)


def test_accepted_posts_are_kept(path: Path) -> None:
    with shop(path) as client:
        assert client.post("/orders", json=BODY, headers=KEY).json() == {"id": "orders"}
        client.post("/orders/1/cancel")
    assert receipts.read(path) == [
        Receipt("/orders", "key-1", BODY, 202, {"id": "orders"}),
        Receipt("/orders/1/cancel", None, {}, 202, {"id": "orders/1/cancel"}),
    ]


def test_refused_posts_and_other_methods_are_not_kept(path: Path) -> None:
    with shop(path) as client:
        client.post("/bad", json=BODY)
        client.get("/orders")
        client.put("/products/lily", json=BODY)
    assert not path.exists()


async def test_an_asynchronous_client_keeps_the_same(path: Path) -> None:
    hooks = {"response": [receipts.keeping_async(path)]}
    async with httpx.AsyncClient(
        base_url="http://shop", transport=httpx.MockTransport(server), event_hooks=hooks
    ) as client:
        await client.post("/orders", json=BODY, headers=KEY)
    assert receipts.read(path) == [Receipt("/orders", "key-1", BODY, 202, {"id": "orders"})]


def test_concurrent_posts_are_all_kept(path: Path) -> None:
    with shop(path) as client, ThreadPoolExecutor(8) as customers:
        list(customers.map(lambda number: client.post(f"/{number}", json=BODY), range(100)))
    assert sorted(int(receipt.path[1:]) for receipt in receipts.read(path)) == list(range(100))


def test_missing_and_incomplete_receipts_are_named(path: Path) -> None:
    with pytest.raises(SourceUnavailableError, match="receipts"):
        receipts.read(path)
    path.write_text('{"path": "/orders"')
    with pytest.raises(SourceUnavailableError, match="receipts"):
        receipts.read(path)
