"""The stories of orders, and of the refunds of those that are not fulfilled."""

from contextlib import AbstractContextManager, ExitStack, nullcontext
from typing import Any

from temporalio.client import WorkflowHandle, WorkflowUpdateStage
from temporalio.testing import TimeSkipper

from domain.order import SEQUENCES, STATUS_DURING
from domain.statuses import OrderPolicy, OrderStatus, OrderStep
from gateways.cards import RefundStatus
from storage import inventory, orders, refund_states
from tests.integration.workflows.harness import Harness, OrderHandle
from tests.integration.workflows.test_refunds import give_back, is_pending
from tests.verification.replay.player import (
    BAD,
    GOOD,
    REMINDER,
    RETRIED,
    SLOWLY,
    TO_AUTHENTICATE,
    Play,
    Scenario,
    held_up,
    left_open,
    unavailable,
)
from tests.verification.replay.states import steps_before_shipping_is_over
from workflows.names import refund_workflow_id

REFUND = "child workflow RefundWorkflow refund/…"
WAITS = {
    OrderStep.PAYMENT: "child workflow PaymentWorkflow payment/…",
    OrderStep.GOODS: "activity fetch_goods",
    OrderStep.SHIPMENT: "activity ship_goods",
}


async def orders_that_are_fulfilled(play: Play) -> None:
    """Under each policy."""
    for policy in OrderPolicy:
        await play.ends(await _order(play.harness, policy))


async def an_order_of_another_table(play: Play) -> None:
    """It carries steps that no policy has today; it waits, goes on with them, and is undone."""
    policy, harness = OrderPolicy.CHARGE_FIRST, play.harness
    table = {policy: (OrderStep.SHIPMENT, OrderStep.PAYMENT, OrderStep.GOODS)}
    customer, detail = harness.customer(BAD, balance=500), "steps-of-another-table"
    order = await harness.place_order(customer, policy, stock=0, sequences=table)
    await play.waits(order, WAITS[OrderStep.PAYMENT], detail)
    await play.comes_to_wait(harness.payment_of(order), REMINDER)
    await harness.update_card(harness.payment_of(order), GOOD)
    await play.ends(order, detail)


async def orders_at_each_step(play: Play) -> None:
    """They wait there; then their customer cancels, as long as they may."""
    harness = play.harness
    for policy in OrderPolicy:
        for step in SEQUENCES[policy]:
            with _nothing_comes_of(step, harness):
                order = await _order(harness, policy, BAD if step is OrderStep.PAYMENT else GOOD)
                await play.waits(order, WAITS[step])
                if step in steps_before_shipping_is_over(policy):
                    await order.execute_update("cancel_order")
                    detail = f"during-{STATUS_DURING[step]}"
                else:
                    payment = harness.payment_of(order)
                    await play.comes_to_wait(payment, REMINDER)
                    await order.cancel()
                    await harness.update_card(payment, GOOD)
                    detail = "canceled-too-late"
            await play.ends(order, detail)


async def orders_that_are_not_even_recorded(play: Play) -> None:
    """The database is unavailable; then their customer cancels."""
    harness = play.harness
    harness.agreement = SLOWLY
    for policy in OrderPolicy:
        with unavailable(orders, "place"):
            order = await _order(harness, policy)
            await play.waits(order, RETRIED, policy)
            await order.start_update("cancel_order", wait_for_stage=WorkflowUpdateStage.ACCEPTED)
        await TimeSkipper(harness.client).fast_forward(order, SLOWLY.backoff.first)
        await play.ends(order, f"during-{OrderStatus.PLACED}")


async def orders_that_are_being_undone(play: Play) -> None:
    """The carrier is unavailable when the shipment is to be recalled."""
    harness = play.harness
    for policy in OrderPolicy:
        paid_late = policy is OrderPolicy.CHARGE_LATER
        with unavailable(harness.carrier, "recall"):
            with nullcontext() if paid_late else unavailable(harness.carrier, "book"):
                order = await _order(harness, policy, BAD if paid_late else GOOD)
                if paid_late:
                    await _let_the_deadline_pass(play, order)
                else:
                    await play.comes_to_wait(order, WAITS[OrderStep.SHIPMENT])
                    await order.execute_update("cancel_order")
            last = "activity recall_shipment" if paid_late else REFUND
            await play.waits(order, last, "carrier-unavailable")


async def orders_that_are_not_paid(play: Play) -> None:
    """Under each policy."""
    for policy in OrderPolicy:
        order = await _order(play.harness, policy, BAD)
        await _let_the_deadline_pass(play, order)
        await play.ends(order)


async def orders_without_goods(play: Play) -> None:
    """Under each policy."""
    for policy in OrderPolicy:
        await play.ends(await _order(play.harness, policy, stock=0))


async def an_order_canceled_from_the_web_ui(play: Play) -> None:
    """While it waits for its payment."""
    order = await _order(play.harness, OrderPolicy.CHARGE_FIRST, BAD)
    await play.comes_to_wait(play.harness.payment_of(order), REMINDER)
    await order.cancel()
    await play.ends(order, f"during-{OrderStatus.AWAITING_PAYMENT}-from-the-web-ui")


async def a_payment_ended_by_force(play: Play) -> None:
    """Its order is undone, what it held is given back."""
    harness = play.harness
    order = await _order(harness, OrderPolicy.CHARGE_LATER, BAD)
    payment = harness.payment_of(order)
    await play.comes_to_wait(payment, REMINDER)
    await payment.terminate("somebody pressed the button")
    await play.ends(order, "by-force")
    await play.ends(_refund(harness, order), "account")


async def a_payment_ended_by_force_with_its_charge_left_open(play: Play) -> None:
    """Which is closed before what it held is given back."""
    harness = play.harness
    with left_open(harness.cards):
        order = await _order(harness, OrderPolicy.CHARGE_LATER, TO_AUTHENTICATE)
        payment = harness.payment_of(order)
        await play.comes_to_wait(payment, REMINDER)
        await payment.terminate("somebody pressed the button")
        await order.result()
        await play.ends(_refund(harness, order), "charge-left-open")


async def refunds(play: Play) -> None:
    """Of orders without goods."""
    harness, policy = play.harness, OrderPolicy.CHARGE_FIRST
    paid = {
        "nothing": await harness.place_order(harness.customer(None), policy, stock=0, price=0),
        "card": await harness.place_order(harness.customer(GOOD), policy, stock=0),
        "account": await harness.place_order(harness.customer(None, balance=2500), policy, stock=0),
        "account-and-card": await _order(harness, policy, stock=0),
    }
    for detail, order in paid.items():
        await order.result()
        await play.ends(_refund(harness, order), detail)


async def refunds_that_wait(play: Play) -> None:
    """The card provider takes its time, and then the account can't be credited."""
    harness = play.harness
    harness.agreement = SLOWLY
    with ExitStack() as then:
        with held_up(harness.cards, "refund"):
            order = await _order(harness, OrderPolicy.CHARGE_FIRST, stock=0)
            await play.waits(order, REFUND, "refund")
            await play.waits(_refund(harness, order), "activity refund_card", "card")
            then.enter_context(unavailable(refund_states, "credit"))
        await play.waits(_refund(harness, order), RETRIED, "account")


async def a_refund_of_a_part(play: Play) -> None:
    """Of an order that is fulfilled."""
    order = await _order(play.harness, OrderPolicy.CHARGE_FIRST)
    await order.result()
    await give_back(play.harness, play.harness.payment_of(order), 2200, "return-3")
    await play.ends(_refund(play.harness, order, "return-3"), "part")


async def refunds_that_the_provider_decides_later(play: Play) -> None:
    """One succeeds after a while, one is refused."""
    harness = play.harness
    harness.cards.refund_status = RefundStatus.PENDING
    order = await _order(harness, OrderPolicy.CHARGE_FIRST, stock=0)
    await harness.until(lambda: is_pending(harness, order.id.removeprefix("order/")))
    harness.cards.settle_refunds(RefundStatus.SUCCEEDED)
    await order.result()
    await play.ends(_refund(harness, order), "pending")
    harness.cards.refund_refusal = "charge_disputed"
    order = await _order(harness, OrderPolicy.CHARGE_FIRST, stock=0)
    await order.result()
    await play.ends(_refund(harness, order), "refused")


SCENARIOS: tuple[Scenario, ...] = (
    orders_that_are_fulfilled,
    an_order_of_another_table,
    orders_at_each_step,
    orders_that_are_not_even_recorded,
    orders_that_are_being_undone,
    orders_that_are_not_paid,
    orders_without_goods,
    an_order_canceled_from_the_web_ui,
    a_payment_ended_by_force,
    a_payment_ended_by_force_with_its_charge_left_open,
    refunds,
    refunds_that_wait,
    a_refund_of_a_part,
    refunds_that_the_provider_decides_later,
)


async def _order(
    harness: Harness, policy: OrderPolicy, card: str = GOOD, stock: int = 5
) -> OrderHandle:
    return await harness.place_order(harness.customer(card, balance=500), policy, stock)


def _nothing_comes_of(step: OrderStep, harness: Harness) -> AbstractContextManager[None]:
    match step:
        case OrderStep.PAYMENT:
            return nullcontext()
        case OrderStep.GOODS:
            return unavailable(inventory, "reserve")
        case OrderStep.SHIPMENT:
            return unavailable(harness.carrier, "book")


async def _let_the_deadline_pass(play: Play, order: OrderHandle) -> None:
    payment = play.harness.payment_of(order)
    await play.comes_to_wait(payment, REMINDER)
    await play.harness.fast_forward(payment, 14)


def _refund(
    harness: Harness, order: OrderHandle, reference: str | None = None
) -> WorkflowHandle[Any, Any]:
    id = refund_workflow_id(order.id.removeprefix("order/"), reference)
    handle = harness.client.get_workflow_handle(id)
    harness.started.append(handle)
    return handle
