"""What a look at the database tells."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress

import pytest

from domain.events import CreditCardFailed, PaymentReceived
from domain.statuses import OrderStatus, PaymentStatus
from storage import orders, payments
from storage.database import Database
from tests.support.examples import NOON, add_customer, order, payment
from verification.chaos.watch import Seen, Watch

LIMIT = 10
DECLINED = CreditCardFailed(at=NOON, code="card_declined", message="Your card was declined.")


@pytest.fixture
async def watch(database: Database) -> AsyncIterator[Watch]:
    watch = Watch(database)
    watching = asyncio.create_task(watch.run())
    yield watch
    watching.cancel()
    with suppress(asyncio.CancelledError):
        await watching


async def test_an_order_is_seen_with_its_payment_and_both_ones_events(
    watch: Watch, database: Database
) -> None:
    watch.add("o-1")
    assert watch["o-1"].is_under_way  # accepted, and not written down yet
    with database.write() as tx:
        add_customer(tx)
        orders.place(tx, order())
        payments.request(tx, payment("o-1"))
        payments.record(tx, "o-1", DECLINED)

    assert await watch.until("o-1", lambda seen: seen.awaits_card, LIMIT)

    seen = watch["o-1"]
    assert (seen.order, seen.payment) == (OrderStatus.AWAITING_PAYMENT, PaymentStatus.AWAITING_CARD)
    assert seen.events == 3
    assert not seen.is_under_way
    assert not seen.is_over


async def test_a_payment_alone_is_over_when_it_is_received(
    watch: Watch, database: Database
) -> None:
    with database.write() as tx:
        add_customer(tx)
        payments.request(tx, payment("p-1"))
        payments.record(tx, "p-1", PaymentReceived(at=NOON))
    watch.add("p-1", alone=True)

    assert await watch.until("p-1", lambda seen: seen.is_over, LIMIT)


async def test_what_is_forgotten_is_not_looked_at(watch: Watch, database: Database) -> None:
    watch.add("o-1")
    watch.forget("o-1")
    watch.add("p-1", alone=True)
    with database.write() as tx:
        add_customer(tx)
        orders.place(tx, order())
        payments.request(tx, payment("p-1"))
    assert await watch.until("p-1", lambda seen: seen.events == 1, LIMIT)
    assert watch["o-1"].events == 0

    watch.add("o-1")

    assert await watch.until("o-1", lambda seen: seen.events == 1, LIMIT)


async def test_what_is_forgotten_during_a_look_stays_as_it_was_seen(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = Watch(database)
    watch.add("p-1", alone=True)
    read = watch._read

    def forgotten_meanwhile(ids: Sequence[str], alone: set[str]) -> dict[str, Seen]:
        watch.forget("p-1")
        return read(ids, alone)

    monkeypatch.setattr(watch, "_read", forgotten_meanwhile)
    with database.write() as tx:
        add_customer(tx)
        payments.request(tx, payment("p-1"))

    await watch._look()

    assert watch["p-1"] == Seen(alone=True)
