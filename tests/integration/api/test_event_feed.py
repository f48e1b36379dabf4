"""Event streams: one look at the database for all, and none for what has ended."""

import asyncio
import json
import re
import time
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from uuid import uuid4

import pytest
from fastapi import FastAPI
from sqlalchemy import event, text
from starlette.types import Message

from api.infrastructure import event_feed
from api.services import event_streams
from domain.events import (
    AmountCredited,
    AmountWithdrawn,
    GoodsFetched,
    OrderFulfilled,
    OrderNotFulfilled,
    PaymentCanceled,
    PaymentReceived,
)
from domain.statuses import CancellationReason
from storage import orders, payments
from storage.database import Database
from tests.support.examples import later, order, payment

TIMEOUT_SECONDS = 60


@dataclass
class Client:
    """An HTTP client of the application, which reads its answer unless it `is_slow`."""

    app: FastAPI
    is_slow: bool = False
    status: int = 0
    body: bytes = b""
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _gone: asyncio.Event = field(default_factory=asyncio.Event)

    async def get(self, path: str, last: str | None = None, query: str = "") -> None:
        headers = [(b"accept", b"text/event-stream"), (b"host", b"localhost")]
        if last is not None:
            headers.append((b"last-event-id", last.encode()))
        scope = {
            "type": "http",
            "method": "GET",
            "path": path,
            "query_string": query.encode(),
            "headers": headers,
            "client": ("127.0.0.1", 1),
        }
        requests: list[Message] = [{"type": "http.request"}]

        async def receive() -> Message:
            if requests:
                return requests.pop()
            await self._gone.wait()
            return {"type": "http.disconnect"}

        await self.app(scope, receive, self._send)

    async def _send(self, message: Message) -> None:
        self.status = message.get("status", self.status)
        if self.is_slow and message.get("body"):
            await self._gone.wait()
        self.body += message.get("body", b"")
        self._news.set()

    @property
    def events(self) -> list[str]:
        """The types of the events received."""
        return re.findall(r"event: (\w+)", self.body.decode())

    @property
    def ids(self) -> list[str]:
        return re.findall(r"id: (\S+)", self.body.decode())

    async def receives(self, type: str) -> None:
        """Wait for an event of this type."""
        async with asyncio.timeout(TIMEOUT_SECONDS):
            while type not in self.events:
                self._news.clear()
                await self._news.wait()

    def leave(self) -> None:
        self._gone.set()


@asynccontextmanager
async def following(
    app: FastAPI, path: str, last: str | None = None, query: str = "", *, is_slow: bool = False
) -> AsyncGenerator[tuple[Client, asyncio.Task[None]]]:
    """A client and its request, which is over with the block."""
    client = Client(app, is_slow)
    task = asyncio.create_task(client.get(path, last, query))
    try:
        yield client, task
    finally:
        client.leave()
        await asyncio.wait_for(task, TIMEOUT_SECONDS)


async def answered(app: FastAPI, path: str, last: str | None = None, query: str = "") -> Client:
    """A client whose answer is complete."""
    async with following(app, path, last, query) as (client, task):
        await asyncio.wait_for(task, TIMEOUT_SECONDS)
    return client


@pytest.fixture
async def app(app: FastAPI, database: Database) -> AsyncGenerator[FastAPI]:
    """Running."""
    del database
    async with app.router.lifespan_context(app):
        yield app


async def until(condition: Callable[[], bool]) -> None:
    """Wait until it holds."""
    async with asyncio.timeout(TIMEOUT_SECONDS):
        while not condition():  # noqa: ASYNC110  nothing announces it
            await asyncio.sleep(0.01)


def placed(database: Database) -> str:
    """The id of a new order, whose payment was requested."""
    id = str(uuid4())
    with database.write() as tx:
        orders.place(tx, order(id))
        payments.request(tx, payment(id))
    return id


def pay(database: Database, id: str) -> None:
    with database.write() as tx:
        payments.record(tx, id, PaymentReceived(at=later(hours=1)))


def fetch(database: Database, id: str) -> None:
    with database.write() as tx:
        orders.record(tx, id, GoodsFetched(at=later(hours=2)))


def fulfill(database: Database, id: str) -> None:
    with database.write() as tx:
        orders.record(tx, id, OrderFulfilled(at=later(hours=3)))


def rename(database: Database, old: str, new: str) -> None:
    with database.write() as tx:
        tx.execute(text(f"ALTER TABLE {old} RENAME TO {new}"))


@contextmanager
def counted_transactions(app: FastAPI) -> Generator[list[float]]:
    """When the application began each transaction."""
    engines = app.state.context.database._database.engines
    begun: list[float] = []

    def note(_connection: object) -> None:
        begun.append(time.monotonic())

    for engine in engines:
        event.listen(engine, "begin", note)
    try:
        yield begun
    finally:
        for engine in engines:
            event.remove(engine, "begin", note)


@pytest.mark.parametrize("streams", [1, 100])
async def test_one_look_at_the_database_serves_all_streams(
    app: FastAPI, database: Database, streams: int
) -> None:
    ids = [placed(database) for _ in range(streams)]
    async with AsyncExitStack() as stack:
        clients: list[Client] = []
        for id in ids:
            # One after the other: a queue that is too long for a slow machine is answered with 503.
            client, _ = await stack.enter_async_context(following(app, f"/orders/{id}/events"))
            await client.receives("OrderPlaced")
            clients.append(client)
        with counted_transactions(app) as looks:
            began = time.monotonic()
            for id in ids:
                fetch(database, id)
            for client in clients:
                await client.receives("GoodsFetched")
            seconds = time.monotonic() - began
    assert 1 <= len(looks) <= seconds / event_feed.LOOK_INTERVAL_SECONDS + 2


async def test_without_streams_nobody_looks(app: FastAPI, database: Database) -> None:
    id = placed(database)
    async with following(app, f"/orders/{id}/events") as (client, _):
        await client.receives("OrderPlaced")
    feed = app.state.context.feed
    await until(lambda: not feed._subscribed.is_set())
    assert not feed._subscriptions


@pytest.mark.parametrize("kind", ["orders", "payments"])
async def test_who_comes_back_after_the_end_gets_204(
    app: FastAPI, database: Database, kind: str
) -> None:
    id = placed(database)
    pay(database, id)
    fulfill(database, id)
    path = f"/{kind}/{id}/events"
    client = await answered(app, path)
    assert client.status == 200
    assert len(client.events) == 2
    again = await answered(app, path, client.ids[-1])
    assert (again.status, again.body) == (204, b"")


async def test_who_comes_back_before_the_end_gets_the_rest(
    app: FastAPI, database: Database
) -> None:
    id = placed(database)
    async with following(app, f"/orders/{id}/events", "1") as (client, task):
        fulfill(database, id)
        await asyncio.wait_for(task, TIMEOUT_SECONDS)
    assert (client.status, client.events, client.ids) == (200, ["OrderFulfilled"], ["2"])


async def test_an_order_and_its_payment_share_a_stream(app: FastAPI, database: Database) -> None:
    id, path = str(uuid4()), "/orders/{}/events"
    with database.write() as tx:
        orders.place(tx, order(id))
    query = f"also=payment/{id}"
    async with following(app, path.format(id), query=query) as (client, task):
        await client.receives("OrderPlaced")
        with database.write() as tx:
            payments.request(tx, payment(id))
        await client.receives("PaymentRequested")
        pay(database, id)
        await client.receives("PaymentReceived")
        fulfill(database, id)
        await asyncio.wait_for(task, TIMEOUT_SECONDS)
    assert client.ids == ["1,0", "1,1", "1,2", "2,2"]
    data = [json.loads(text) for text in re.findall(r"data: (.*)\r\n", client.body.decode())]
    kinds = [f"{kind}/{id}" for kind in ("order", "payment", "payment", "order")]
    assert [one["of"] for one in data] == kinds
    assert (await answered(app, path.format(id), "2,2", query)).status == 204
    assert (await answered(app, path.format(id), "2,1", query)).events == ["PaymentReceived"]


async def test_a_shared_stream_is_in_the_order_in_which_things_happened(
    app: FastAPI, database: Database
) -> None:
    """An order has the time of its payment's result; the goods were fetched before the payment."""
    id = str(uuid4())
    with database.write() as tx:
        orders.place(tx, order(id))
        orders.record(tx, id, GoodsFetched(at=later(minutes=1)))
        payments.request(tx, payment(id, requested_at=later(minutes=2)))
        payments.record(tx, id, AmountWithdrawn(at=later(minutes=3), amount=500))
        payments.record(tx, id, PaymentCanceled(at=later(days=14)))
        payments.record(tx, id, AmountCredited(at=later(days=14, minutes=1), amount=500))
        orders.record(tx, id, PaymentCanceled(at=later(days=14)))
        reason = CancellationReason.PAYMENT_CANCELED
        orders.record(tx, id, OrderNotFulfilled(at=later(days=14), reason=reason))
    client = await answered(app, f"/orders/{id}/events", query=f"also=payment/{id}")
    assert client.events == [
        *("OrderPlaced", "GoodsFetched", "PaymentRequested", "AmountWithdrawn"),
        *("PaymentCanceled", "AmountCredited", "PaymentCanceled", "OrderNotFulfilled"),
    ]
    assert client.ids == ["1,0", "2,0", "2,1", "2,2", "2,3", "2,4", "3,4", "4,4"]


async def test_an_order_that_ended_without_a_payment_ends_the_shared_stream(
    app: FastAPI, database: Database
) -> None:
    id = str(uuid4())
    with database.write() as tx:
        orders.place(tx, order(id))
    fulfill(database, id)
    client = await answered(app, f"/orders/{id}/events", query=f"also=payment/{id}")
    assert client.events == ["OrderPlaced", "OrderFulfilled"]


@pytest.mark.parametrize("last", ["1", "1,2,3", "x", "1,", "-1,2"])
async def test_an_id_of_other_streams_is_refused(
    app: FastAPI, database: Database, last: str
) -> None:
    id = placed(database)
    client = await answered(app, f"/orders/{id}/events", last, f"also=payment/{id}")
    assert client.status == 422
    (problem,) = json.loads(client.body)["errors"]
    assert (problem["location"], problem["field"]) == ("header", "Last-Event-ID")


async def test_streams_end_when_the_server_stops(app: FastAPI, database: Database) -> None:
    id = placed(database)
    async with following(app, f"/orders/{id}/events") as (client, task):
        await client.receives("OrderPlaced")
        app.state.context.feed.stopping.set()
        await asyncio.wait_for(task, TIMEOUT_SECONDS)


async def test_a_client_that_does_not_read_is_dropped(
    app: FastAPI, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = placed(database)
    path = f"/orders/{id}/events"
    async with following(app, path) as (reader, _):
        await reader.receives("OrderPlaced")
        monkeypatch.setattr(event_streams, "SEND_TIMEOUT_SECONDS", 0.2)
        async with following(app, path, is_slow=True) as (_, slow):
            await asyncio.wait_for(slow, TIMEOUT_SECONDS)
        fetch(database, id)
        await reader.receives("GoodsFetched")
        assert len(app.state.context.feed._subscriptions) == 1


async def test_the_buffer_of_a_client_is_bounded(
    app: FastAPI, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_feed, "BUFFER_EVENTS", 1)
    id = placed(database)
    feed = app.state.context.feed
    with feed.subscribe({f"order/{id}": 0}) as slow, feed.subscribe({f"order/{id}": 1}) as quick:
        fetch(database, id)
        async with asyncio.timeout(TIMEOUT_SECONDS):
            assert [one.sequence for _, one in await quick.take()] == [2]
            assert not slow.has_ended
            fulfill(database, id)
            assert [one.sequence for _, one in await quick.take()] == [3]
            assert await slow.take() == []
        assert slow.has_ended


async def test_however_much_has_happened_is_sent(
    app: FastAPI, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More at once than is buffered for a client that does not read."""
    monkeypatch.setattr(event_feed, "BUFFER_EVENTS", 1)
    id = placed(database)
    fetch(database, id)
    async with following(app, f"/orders/{id}/events") as (client, _):
        await client.receives("OrderPlaced")
        await client.receives("GoodsFetched")


async def test_streams_survive_an_outage_of_the_database(
    app: FastAPI, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_feed, "RETRY_SECONDS", 0.01)
    id = placed(database)
    async with following(app, f"/orders/{id}/events") as (client, _):
        await client.receives("OrderPlaced")
        suspected: list[str] = []
        health = app.state.context.dependency_health
        monkeypatch.setattr(health, "suspect", lambda name, _: suspected.append(name))
        rename(database, "events", "hidden")
        await until(lambda: bool(suspected))
        # Only a failed probe says that it is unavailable.
        assert not health.is_unavailable("the database")
        rename(database, "hidden", "events")
        fetch(database, id)
        await client.receives("GoodsFetched")
