"""Cards given while an update is under way: it goes on where it was, and the newest card wins."""

import asyncio
import itertools
import threading
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import WorkflowHandle
from temporalio.worker import UnsandboxedWorkflowRunner

import worker
from dev.temporal_server.server import TemporalServer
from gateways.cards import KnownCard
from storage import customers, payments
from tests.integration.workflows.harness import (
    TIMEOUT_SECONDS,
    Harness,
    PaymentHandle,
    open_office,
)
from tests.integration.workflows.test_card_update import start_update, update_card
from tests.verification.replay.player import held_up
from workflows import card_update
from workflows.card_update import CardUpdateWorkflow
from workflows.messages import (
    CardDetailsUpdated,
    CardUpdateInput,
    CardUpdateResult,
    PaymentOutcome,
)
from workflows.names import TaskQueue, card_update_workflow_id


@pytest.fixture
async def harness(
    temporal: TemporalServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Harness]:
    """Small batches, which the sandbox would import anew."""
    monkeypatch.setattr(worker, "SANDBOX", UnsandboxedWorkflowRunner())
    monkeypatch.setattr(card_update, "BATCH_SIZE", 3)
    monkeypatch.setattr(card_update, "PAYMENTS_PER_RUN", 12)
    async with open_office(temporal.address, tmp_path) as harness:
        yield harness


async def waiting_payments(harness: Harness, customer: str, count: int) -> list[PaymentHandle]:
    """Each was declined once."""
    handles = [await harness.request_payment(customer) for _ in range(count)]
    for handle in handles:
        await harness.waiting(handle)
    return handles


def charges(harness: Harness, payment_method: str) -> Counter[str]:
    """How often the payments were charged with that card."""
    asked = harness.cards.asked
    return Counter(one.payment_id for one in asked if one.payment_method == payment_method)


def ids(waiting: list[PaymentHandle]) -> list[str]:
    """The payments' ids, sorted."""
    return sorted(one.id.removeprefix("payment/") for one in waiting)


async def runs(harness: Harness, customer: str) -> list[int]:
    """The lengths of the histories of the customer's card update, newest run first."""
    lengths = list[int]()
    run_id: str | None = None
    while run_id != "":
        handle = harness.client.get_workflow_handle(
            card_update_workflow_id(customer), run_id=run_id
        )
        events = (await handle.fetch_history()).events
        lengths.append(len(events))
        run_id = events[0].workflow_execution_started_event_attributes.continued_execution_run_id
    return lengths


async def test_many_payments_are_charged_once_however_often_the_card_is_given(
    harness: Harness,
) -> None:
    customer = harness.customer("pm_bad")
    waiting = await waiting_payments(harness, customer, 60)

    with held_up(harness.cards, "describe_card"):
        requests = [await start_update(harness, customer) for _ in range(4)]
    results = [await request.result() for request in requests]

    assert [sorted(result.payments) for result in results] == [ids(waiting)] * 4
    for payment in waiting:
        assert (await payment.result()).outcome is PaymentOutcome.RECEIVED
    assert charges(harness, "pm_good") == dict.fromkeys(ids(waiting), 1)
    lengths = await runs(harness, customer)
    assert len(lengths) == 5
    assert max(lengths) < 100


def hold_up_second_look(monkeypatch: pytest.MonkeyPatch) -> tuple[threading.Event, threading.Event]:
    """Two events: the second run looks for open payments, and may go on with that."""
    second_look, go_on = threading.Event(), threading.Event()
    looks, find = itertools.count(1), payments.open_not_charged_since

    def hold_up(*args: Any) -> list[str]:
        if next(looks) == 2:
            second_look.set()
            go_on.wait(TIMEOUT_SECONDS)
        return find(*args)

    monkeypatch.setattr(payments, "open_not_charged_since", hold_up)
    return second_look, go_on


async def test_a_declined_card_that_is_given_again_is_charged_once(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the first run has notified its payments, and the next one looks for the others."""
    customer = harness.customer("pm_bad")
    waiting = await waiting_payments(harness, customer, 15)
    second_look, go_on = hold_up_second_look(monkeypatch)
    first = await start_update(harness, customer, "pm_bad_too")
    await harness.until(second_look.is_set)
    again = [await start_update(harness, customer, "pm_bad_too") for _ in range(3)]
    go_on.set()

    assert ids(waiting) == sorted((await first.result()).payments)
    for request in again:
        assert await request.result() == await first.result()
    await harness.until(lambda: set(charges(harness, "pm_bad_too")) == set(ids(waiting)))
    for payment in waiting:
        await harness.waiting(payment)
    await update_card(harness, customer)
    for payment in waiting:
        assert (await payment.result()).outcome is PaymentOutcome.RECEIVED
    assert charges(harness, "pm_bad_too") == dict.fromkeys(ids(waiting), 1)


async def test_a_card_that_is_none_leaves_out_no_payment_of_the_next_run(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes when the next run is about to notify its first batch of the card before."""
    customer = harness.customer("pm_bad")
    # The first run notifies 12 of them; the next one is left with more than a batch.
    waiting = await waiting_payments(harness, customer, 20)
    second_look, go_on = hold_up_second_look(monkeypatch)
    first = await start_update(harness, customer)
    await harness.until(second_look.is_set)
    newer = await start_update(harness, customer, "pm_unknown")
    go_on.set()

    assert (await newer.result()).kept == "pm_good"
    assert ids(waiting) == sorted((await first.result()).payments)
    await harness.until(lambda: charges(harness, "pm_good") == dict.fromkeys(ids(waiting), 1))


async def test_the_newest_card_does_not_wait_for_one_still_being_registered(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer = harness.customer("pm_bad")
    [payment] = await waiting_payments(harness, customer, 1)
    asked, go_on, describe = threading.Event(), threading.Event(), harness.cards.describe_card

    def hold_up_older(payment_method: str) -> KnownCard:
        if payment_method == "pm_bad_too":
            asked.set()
            go_on.wait(TIMEOUT_SECONDS)
        return describe(payment_method)

    monkeypatch.setattr(harness.cards, "describe_card", hold_up_older)
    older = await start_update(harness, customer, "pm_bad_too")
    await harness.until(asked.is_set)
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS / 2):
            result = await update_card(harness, customer)
    finally:
        go_on.set()

    assert (result.payment_method, result.kept) == ("pm_good", None)
    assert await older.result() == result
    assert (await payment.result()).outcome is PaymentOutcome.RECEIVED
    assert not charges(harness, "pm_bad_too")
    with harness.database.read() as tx:
        assert customers.payment_method(tx, customer) == "pm_good"


@pytest.mark.parametrize(
    ("given", "newer"),
    [("pm_bad_too", "pm_good"), ("pm_good", "pm_unknown")],
    ids=["another card", "no card"],
)
async def test_a_newer_card_leaves_no_payment_out(harness: Harness, given: str, newer: str) -> None:
    """It comes when the older one is registered, before any payment is notified of that."""
    customer = harness.customer(None)
    waiting = await waiting_payments(harness, customer, 4)

    with held_up(payments, "open_not_charged_since") as looked_up:
        older = await start_update(harness, customer, given)
        await harness.until(looked_up.is_set)
        other = await start_update(harness, customer, newer)
    result = await other.result()
    assert result == await older.result()
    assert (result.payment_method, result.card is None) == (newer, newer == "pm_unknown")
    assert result.kept == (given if newer == "pm_unknown" else None)

    for payment in waiting:
        assert (await payment.result()).outcome is PaymentOutcome.RECEIVED
    assert charges(harness, "pm_good") == dict.fromkeys(ids(waiting), 1)


async def start_older_update(
    harness: Harness, customer: str, payment_method: str, **signal: Any
) -> WorkflowHandle[CardUpdateWorkflow, CardUpdateResult]:
    """As requests of an older release do; together with the `signal`, if there is one."""
    return await harness.client.start_workflow(
        CardUpdateWorkflow.run,
        CardUpdateInput(customer_id=customer, payment_method=payment_method),
        id=card_update_workflow_id(customer),
        task_queue=TaskQueue.PAYMENTS,
        **signal,
    )


@pytest.mark.parametrize("of_older_release", ["pm_bad_too", "pm_unknown"])
async def test_a_card_joins_the_update_that_an_older_release_started(
    harness: Harness, of_older_release: str
) -> None:
    customer = harness.customer("pm_bad")
    [payment] = await waiting_payments(harness, customer, 1)

    with held_up(harness.cards, "describe_card"):
        await start_older_update(harness, customer, of_older_release)
        newer = await start_update(harness, customer)

    assert (await newer.result()).payment_method == "pm_good"
    assert (await payment.result()).outcome is PaymentOutcome.RECEIVED


@pytest.mark.parametrize("of_older_release", ["pm_bad_too", "pm_unknown"])
async def test_a_card_joins_such_an_update_before_a_worker_has_begun_it(
    harness: Harness, of_older_release: str
) -> None:
    customer = harness.customer("pm_bad")
    [payment] = await waiting_payments(harness, customer, 1)

    newer = CardDetailsUpdated(payment_method="pm_good")
    update = await start_older_update(
        harness, customer, of_older_release, start_signal="card_given", start_signal_args=[newer]
    )

    assert (await update.result()).payment_method == "pm_good"
    assert (await payment.result()).outcome is PaymentOutcome.RECEIVED
