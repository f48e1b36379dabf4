"""The monitor observes orders and payments in the database."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress

import pytest

from domain.events import CreditCardFailed, PaymentReceived
from domain.statuses import OrderStatus, PaymentStatus
from storage import orders, payments
from storage.database import Database
from tests.support.examples import NOON, add_customer, order, payment
from verification.chaos.order_monitor import Observation, OrderMonitor

LIMIT = 60
DECLINED = CreditCardFailed(at=NOON, code="card_declined", message="Your card was declined.")


@pytest.fixture
async def monitor(database: Database) -> AsyncIterator[OrderMonitor]:
    monitor = OrderMonitor(database)
    running = asyncio.create_task(monitor.run())
    yield monitor
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


async def test_an_order_is_observed_with_its_payment_and_the_events_of_both(
    monitor: OrderMonitor, database: Database
) -> None:
    monitor.add("o-1")
    assert monitor["o-1"].is_under_way  # accepted, without a row yet
    with database.write() as tx:
        add_customer(tx)
        orders.place(tx, order())
        payments.request(tx, payment("o-1"))
        payments.record(tx, "o-1", DECLINED)

    assert await monitor.wait_until("o-1", lambda seen: seen.awaits_card, LIMIT)

    seen = monitor["o-1"]
    assert (seen.order, seen.payment) == (OrderStatus.AWAITING_PAYMENT, PaymentStatus.AWAITING_CARD)
    assert seen.events == 3
    assert not seen.is_under_way
    assert not seen.is_over


async def test_a_payment_alone_is_over_when_it_is_received(
    monitor: OrderMonitor, database: Database
) -> None:
    with database.write() as tx:
        add_customer(tx)
        payments.request(tx, payment("p-1"))
        payments.record(tx, "p-1", PaymentReceived(at=NOON))
    monitor.add("p-1", alone=True)

    assert await monitor.wait_until("p-1", lambda seen: seen.is_over, LIMIT)


async def test_a_forgotten_order_is_not_observed(monitor: OrderMonitor, database: Database) -> None:
    monitor.add("o-1")
    monitor.forget("o-1")
    monitor.add("p-1", alone=True)
    with database.write() as tx:
        add_customer(tx)
        orders.place(tx, order())
        payments.request(tx, payment("p-1"))
    assert await monitor.wait_until("p-1", lambda seen: seen.events == 1, LIMIT)
    assert monitor["o-1"].events == 0

    monitor.add("o-1")

    assert await monitor.wait_until("o-1", lambda seen: seen.events == 1, LIMIT)


async def test_an_order_forgotten_during_a_read_keeps_its_last_observation(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monitor = OrderMonitor(database)
    monitor.add("p-1", alone=True)
    read = monitor._read

    def forgotten_meanwhile(ids: Sequence[str], alone: set[str]) -> dict[str, Observation]:
        monitor.forget("p-1")
        return read(ids, alone)

    monkeypatch.setattr(monitor, "_read", forgotten_meanwhile)
    with database.write() as tx:
        add_customer(tx)
        payments.request(tx, payment("p-1"))

    await monitor._read_observed()

    assert monitor["p-1"] == Observation(alone=True)
