"""Faults that last: a workflow waits until they are put right, and its history stays short."""

import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager
from datetime import timedelta
from itertools import accumulate, takewhile

import pytest

from domain.statuses import OrderPolicy, OrderStatus, PaymentStatus
from storage import orders
from tests.integration.workflows.audits import assert_consistent
from tests.integration.workflows.harness import TIMEOUT_SECONDS, Harness
from workflows.activity_options import pauses
from workflows.messages import Backoff, TermsSnapshot

MOST_EVENTS = 51_200
"""At which Temporal ends a workflow."""

EVENTS_PER_LOOK_UP = 11
"""A timer, the workflow task after it, an activity, and the workflow task after that."""

SHORTEST = Backoff(first=timedelta(milliseconds=100), longest=timedelta(seconds=1))
"""`RETRY_LONGEST=PT1S`, the lowest that the settings allow."""


@contextmanager
def without_row(harness: Harness, table: str, id: str) -> Generator[None]:
    """The row is missing, as after a restore of an older backup, until the end of the block."""
    file = str(harness.database.url.database)
    with closing(sqlite3.connect(file, TIMEOUT_SECONDS, isolation_level=None)) as rows:
        [row] = rows.execute(f"SELECT * FROM {table} WHERE id = ?", (id,))
        rows.execute(f"DELETE FROM {table} WHERE id = ?", (id,))
        yield
        places = ", ".join("?" * len(row))
        rows.execute(f"INSERT INTO {table} VALUES ({places})", row)


@pytest.mark.parametrize("policy", OrderPolicy)
async def test_an_order_waits_for_its_row(harness: Harness, policy: OrderPolicy) -> None:
    order = await harness.place_order(harness.customer("pm_bad"), policy)
    payment = harness.payment_of(order)
    await harness.waiting(payment)
    id = order.id.removeprefix("order/")

    with without_row(harness, "orders", id):
        await harness.update_card(payment, "pm_good")
        await harness.comes_to_wait_for(order, "mark_payment_received")
        assert await harness.failures(order) == [f"There is no order '{id}'."]

    assert (await order.result()).status is OrderStatus.FULFILLED
    await assert_consistent(harness)


async def test_a_payment_waits_for_its_row(harness: Harness) -> None:
    payment = await harness.request_payment(harness.customer("pm_bad"))
    await harness.waiting(payment)
    id = payment.id.removeprefix("payment/")

    with without_row(harness, "payments", id):
        await harness.update_card(payment, "pm_good")
        await harness.comes_to_wait_for(payment, "record_card_update")
        assert await harness.failures(payment) == [f"There is no payment '{id}'."]

    await payment.result()
    assert harness.see(payment).status is PaymentStatus.RECEIVED
    await assert_consistent(harness)


async def test_a_step_that_fails_for_long_adds_no_events(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    harness.agreement = TermsSnapshot(backoff=SHORTEST)
    with monkeypatch.context() as outage:
        outage.setattr(orders, "place", _unavailable)
        order = await harness.place_order(harness.customer("pm_good"))
        await harness.comes_to_wait_for(order, "place_order")
        events = (await order.describe()).history_length
        await harness.comes_to_wait_for(order, "place_order", attempts=4)
        assert (await order.describe()).history_length == events

    assert (await order.result()).status is OrderStatus.FULFILLED


@pytest.mark.parametrize("longest", [SHORTEST.longest, timedelta(minutes=1), timedelta(hours=1)])
def test_a_year_of_look_ups_fits_into_a_history(longest: timedelta) -> None:
    """Of a bank that does not decide, a refund that stays pending, a request that is refused."""
    year = timedelta(days=365)
    moments = accumulate(pauses(Backoff(longest=longest)))
    look_ups = sum(1 for _ in takewhile(lambda moment: moment < year, moments))

    assert 1000 < look_ups < MOST_EVENTS / EVENTS_PER_LOOK_UP / 2


def _unavailable(*_: object) -> None:
    raise ConnectionError("the database can't be reached")
