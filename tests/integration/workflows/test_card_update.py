"""A customer's new card reaches the payments that may still need it, and no other."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from temporalio.client import WorkflowFailureError, WorkflowHandle
from temporalio.common import WorkflowIDConflictPolicy

from gateways.cards import KnownCard
from storage import customers
from tests.integration.workflows.harness import Harness
from workflows.card_update import CardUpdateWorkflow
from workflows.messages import (
    CardDetailsUpdated,
    CardUpdateInput,
    CardUpdateResult,
    PaymentOutcome,
)
from workflows.names import TaskQueue, card_update_workflow_id


async def update_card(
    harness: Harness, customer: str, payment_method: str = "pm_good"
) -> CardUpdateResult:
    return await (await start_update(harness, customer, payment_method)).result()


async def start_update(
    harness: Harness, customer: str, payment_method: str = "pm_good"
) -> WorkflowHandle[CardUpdateWorkflow, CardUpdateResult]:
    """Return when the update under way, or a new one, has the card."""
    return await harness.client.start_workflow(
        CardUpdateWorkflow.run,
        CardUpdateInput(customer_id=customer, payment_method=payment_method, joinable=True),
        id=card_update_workflow_id(customer),
        task_queue=TaskQueue.PAYMENTS,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        start_signal="card_given",
        start_signal_args=[CardDetailsUpdated(payment_method=payment_method)],
    )


async def test_every_waiting_payment_is_told_and_the_card_is_kept(harness: Harness) -> None:
    customer = harness.customer(None)
    waiting = [await harness.request_payment(customer) for _ in range(2)]
    for payment in waiting:
        await harness.waiting(payment)

    result = await update_card(harness, customer)

    assert sorted(f"payment/{id}" for id in result.payments) == sorted(one.id for one in waiting)
    for payment in waiting:
        assert (await payment.result()).outcome is PaymentOutcome.RECEIVED
    later = await harness.request_payment(customer)
    assert (await later.result()).outcome is PaymentOutcome.RECEIVED


async def test_payments_are_told_the_id_that_a_token_stood_for(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stands for another one each time, which no charge has saved."""
    known = harness.cards.describe_card("pm_made_of_token")

    def describe_card(payment_method: str) -> KnownCard:
        return replace(known, payment_method=payment_method.replace("pm_token", "pm_made_of_token"))

    monkeypatch.setattr(harness.cards, "describe_card", describe_card)
    customer = harness.customer("pm_bad")
    waiting = await harness.request_payment(customer)
    await harness.waiting(waiting)

    await update_card(harness, customer, "pm_token")
    later = await harness.request_payment(customer)

    for payment in (waiting, later):
        assert (await payment.result()).outcome is PaymentOutcome.RECEIVED
    charged = [charge.payment_method for charge in harness.cards.asked]
    assert charged == ["pm_bad", "pm_made_of_token", "pm_made_of_token"]


async def test_a_payment_that_ended_meanwhile_is_no_fault(harness: Harness) -> None:
    """Its row was read as open, but its workflow does not exist any more."""
    customer = harness.customer(None)
    harness.payment_without_workflow(customer)

    assert (await update_card(harness, customer)).payments == ()


async def test_a_card_that_is_none_leaves_no_update_that_it_replaced_half_done(
    harness: Harness,
) -> None:
    """The former one was terminated when it had kept its card, before it notified any payment."""
    customer = harness.customer("pm_bad")
    waiting = await harness.request_payment(customer)
    await harness.waiting(waiting)
    harness.give_card(customer, "pm_good")

    assert (await update_card(harness, customer, "pm_unknown")).card is None

    assert (await waiting.result()).outcome is PaymentOutcome.RECEIVED


async def test_a_card_that_is_none_has_no_declined_card_charged_again(harness: Harness) -> None:
    customer = harness.customer("pm_bad")
    waiting = await harness.request_payment(customer)
    await harness.waiting(waiting)

    assert (await update_card(harness, customer, "pm_unknown")).card is None
    await update_card(harness, customer)

    await waiting.result()
    assert [charge.payment_method for charge in harness.cards.asked] == ["pm_bad", "pm_good"]


async def test_an_older_card_does_not_come_after_one_that_is_none(harness: Harness) -> None:
    """Its update was replaced while the card provider was still being asked."""
    customer = harness.customer(None)
    given_at = datetime.now(UTC)
    assert (await update_card(harness, customer, "pm_unknown")).card is None

    harness.give_card(customer, "pm_good", given_at)

    with harness.database.read() as tx:
        assert customers.payment_method(tx, customer) is None


async def test_requests_of_older_releases_fail_if_the_card_is_none(harness: Harness) -> None:
    """And the update that they replaced is completed nevertheless."""
    customer = harness.customer("pm_bad")
    waiting = await harness.request_payment(customer)
    await harness.waiting(waiting)
    harness.give_card(customer, "pm_good")

    with pytest.raises(WorkflowFailureError):
        await harness.client.execute_workflow(
            CardUpdateWorkflow.run,
            CardUpdateInput(customer_id=customer, payment_method="pm_unknown"),
            id=card_update_workflow_id(customer),
            task_queue=TaskQueue.PAYMENTS,
        )

    assert (await waiting.result()).outcome is PaymentOutcome.RECEIVED
