"""Outages: what is logged, what still works, and that all work resumes afterwards.

docs/outages.md says it line by line. A provider that misbehaves: test_faults.py.
"""

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from dev.stack.postgresql import PostgresServer
from dev.stack.stack import Stack
from dev.temporal_server.ports import free_ports
from dev.temporal_server.server import temporal_server
from dev.temporal_server.start import PORTS
from storage.migrate import migrate
from tests.support.audits import assert_as_recorded, assert_consistent
from tests.support.outage_logs import Logs, assert_logged_rarely, await_unavailable
from tests.support.processes import answers, eventually, free_port, running
from tests.support.shop import TIMEOUT_SECONDS, Shop

pytestmark = pytest.mark.proof

TEMPORAL, DATABASE = "Temporal", "the database"
CHARGES = "/v1/payment_intents"


@pytest.fixture(scope="module")
def remote(postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A stack of our own whose database is a server."""
    quick = {
        "DATABASE_URL": postgres.create_database(),
        "RETRY_FIRST": "PT0.2S",
        "RETRY_LONGEST": "PT1S",
    }
    with Stack(tmp_path_factory.mktemp("remote"), environment=quick) as stack:
        shop = Shop(stack)
        yield shop
        shop.http.close()
        assert_consistent(stack)
        assert_as_recorded(stack)


def test_each_waits_for_what_is_not_there_yet(postgres: PostgresServer, tmp_path: Path) -> None:
    """Whatever is started first: it says once what it waits for, and goes on by itself."""
    port, temporal = free_port(), free_ports(PORTS)[0]
    api = f"http://127.0.0.1:{port}"
    name = f"late_{uuid4().hex}"
    env = {
        "DATABASE_URL": postgres.url(name),
        "TEMPORAL_ADDRESS": f"127.0.0.1:{temporal}",
        "API_PORT": str(port),
    }
    with ExitStack() as started:
        logs = {
            what: started.enter_context(
                running([sys.executable, *how], ready=lambda: True, env=env)
            ).log
            for what, how in {
                "worker": ["worker.py"],
                "mailer": ["mailer.py"],
                "api": ["-m", "api"],
            }.items()
        }

        def await_words(what: str, words: str) -> None:
            eventually(lambda: words in logs[what](), f"{words!r} of {what}", TIMEOUT_SECONDS)

        eventually(answers(f"{api}/healthz"), "the API alive", TIMEOUT_SECONDS)
        await_unavailable(api, TEMPORAL, DATABASE)
        for what in ("worker", "mailer"):
            await_words(what, "waiting for the database: ")
        await_words("api", "the database is unavailable: ")

        url = postgres.create_database(name)
        for what in logs:
            await_words(what, "the database has no tables, and this release needs")
        await_unavailable(api, TEMPORAL, DATABASE)
        migrate(url)
        await_unavailable(api, TEMPORAL)
        await_words("mailer", "sending mail")
        await_words("worker", "waiting for Temporal: ")

        started.enter_context(temporal_server(tmp_path / "temporal", port=temporal))
        await_unavailable(api)
        await_words("worker", "serving orders, payments, fulfillment")
        await_words("api", "Temporal is available again")
        said = "\n".join(log() for log in logs.values())
    assert said.count("waiting for the database: ") == 4
    assert said.count("run `alembic upgrade head`") == 3
    assert said.count("waiting for Temporal: ") == 1
    for words in ("the database is unavailable: ", "Temporal is unavailable: "):
        assert_logged_rarely(said, words)
    assert "Traceback" not in said


def test_database_server_stopped_in_a_charge(remote: Shop, postgres: PostgresServer) -> None:
    customer, sku = remote.customer("pm_card_visa"), remote.product()
    remote.cards.fault("hold", only=CHARGES)
    order = remote.order(customer, sku)
    remote.cards.await_held()
    logs = Logs(remote.stack)

    postgres.stop()
    try:
        remote.cards.clear_faults()  # the charge is taken, and can't be written down
        for _ in range(3):
            problem = _refused(_place(remote, customer, sku))
            assert problem["type"] == "urn:problem-type:dependency-away"
            assert DATABASE in problem["detail"]
        await_unavailable(remote.stack.api_url, DATABASE)
        logs.await_words("worker", f"charge_card of payment/{order}, attempt 2: ")
        logs.await_words("mailer", "waiting for the database: ")
    finally:
        postgres.start()

    remote.await_order(order, "fulfilled")
    assert remote.captured(order) == [2500]
    logs.await_words("api", "the database is available again")
    assert_logged_rarely(logs.since("api"), "the database is unavailable: ")
    assert logs.since("mailer").count("waiting for the database: ") == 1
    logs.assert_readable()


def test_temporal_stopped_while_orders_wait(remote: Shop) -> None:
    customer, sku = remote.customer("pm_card_visa"), remote.product()
    waiting = remote.order(remote.customer("pm_card_chargeDeclined"), sku)
    remote.await_payment(waiting, "awaiting_card")
    logs = Logs(remote.stack)
    key = uuid4().hex

    remote.stack.stop("temporal")
    try:
        for _ in range(3):
            problem = _refused(_place(remote, customer, sku, key))
            assert problem["type"] in {
                "urn:problem-type:dependency-away",
                "urn:problem-type:outcome-unknown",
            }
            assert TEMPORAL in problem["detail"]
        card = {"payment_method": "pm_card_visa"}
        _refused(remote.http.put(f"/payments/{waiting}/card", json=card))
        assert remote.see_order(waiting)["status"] == "awaiting_payment"
        await_unavailable(remote.stack.api_url, TEMPORAL)
        logs.await_words("worker", "Temporal is unavailable: ")
    finally:
        remote.stack.start("temporal")
        remote.stack.wait_until_ready()

    placed = _place(remote, customer, sku, key)
    assert placed.status_code == 202
    remote.put(f"/payments/{waiting}/card", payment_method="pm_card_visa")
    for order in (placed.json()["id"], waiting):
        remote.await_order(order, "fulfilled")
        assert remote.captured(order) == [2500]
    for name in ("api", "worker"):
        logs.await_words(name, "Temporal is available again")
        assert_logged_rarely(logs.since(name), "Temporal is unavailable: ")
        assert "retried" not in logs.since(name)  # the SDK's line for each poll
    logs.assert_readable()


def test_database_file_locked_by_somebody_else(shop: Shop, stack: Stack) -> None:
    """Longer than SQLite is waited for (10 s); what only reads goes on all the while."""
    customer, sku = shop.customer("pm_card_visa"), shop.product()
    shop.cards.fault("hold", only=CHARGES)
    order = shop.order(customer, sku)
    shop.cards.await_held()
    logs = Logs(stack)
    file = stack.environment["DATABASE_URL"].removeprefix("sqlite:///")

    with closing(sqlite3.connect(file, TIMEOUT_SECONDS, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        shop.cards.clear_faults()
        other_customer = {"id": f"late-{uuid4().hex}", "name": "Kermit", "email": "k@example.com"}
        _refused(shop.http.post("/customers", json=other_customer))
        await_unavailable(stack.api_url)
        assert shop.see_order(order)["status"] == "awaiting_payment"
        logs.await_words("worker", f"charge_card of payment/{order}, attempt 1: ")
        other.execute("ROLLBACK")

    shop.await_order(order, "fulfilled")
    assert shop.captured(order) == [2500]
    # Of the customer and of the card provider's webhook, one waits for the file, one for the other.
    logs.await_words("api", "the database is available, but failed a request: ")
    logs.assert_readable()


@pytest.mark.parametrize(
    ("process", "failing"),
    [("cards", "charge_card of payment"), ("carrier", "ship_goods of order")],
)
def test_outside_away_when_the_worker_starts(
    shop: Shop, stack: Stack, process: str, failing: str
) -> None:
    customer, sku = shop.customer("pm_card_visa"), shop.product()
    logs = Logs(stack)

    stack.stop(process)
    try:
        stack.restart("worker")
        order = shop.order(customer, sku)
        logs.await_words("worker", f"{failing}/{order}, attempt 2: ")
        await_unavailable(stack.api_url)
    finally:
        stack.start(process)

    shop.await_order(order, "fulfilled")
    assert shop.captured(order) == [2500]
    logs.assert_readable()


def _place(shop: Shop, customer: str, sku: str, key: str | None = None) -> httpx.Response:
    body = {"customer_id": customer, "lines": [{"sku": sku, "quantity": 1}]}
    return shop.http.post("/orders", json=body, headers={"Idempotency-Key": key or uuid4().hex})


def _refused(response: httpx.Response) -> dict[str, str]:
    """The problem of a request that may be repeated."""
    assert response.status_code == 503, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert int(response.headers["retry-after"]) > 0
    return response.json()
