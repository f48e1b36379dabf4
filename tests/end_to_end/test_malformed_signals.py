"""What is sent to Temporal directly, malformed or of others, has no effect."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from uuid import uuid4

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest
from temporalio.client import Client
from temporalio.common import RawValue
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RPCError

from dev.stack.stack import Stack
from domain.order import OrderLine
from domain.statuses import OrderPolicy, order_workflow_id, payment_workflow_id
from security.payload_codec import WORKFLOW
from tests.support.examples import payment
from tests.support.shop import Shop
from verification.chaos import malformed_signals
from verification.chaos.malformed_signals import CARD_DETAILS_UPDATED
from workflows.messages import OrderInput, PaymentInput, TermsSnapshot
from workflows.names import TaskQueue


def test_a_payment_with_malformed_signals_is_paid_with_the_next_good_card(
    shop: Shop, stack: Stack
) -> None:
    order = shop.order(shop.customer("pm_card_chargeDeclined"), shop.product())
    shop.await_payment(order, "awaiting_card")

    asyncio.run(_send_malformed_signal(stack, order))
    shop.put(f"/payments/{order}/card", payment_method="pm_card_visa")

    shop.await_order(order, "fulfilled")
    assert shop.captured(order) == [2500]
    assert f"payment/{order}" in "".join(
        line for line in stack.log("worker").splitlines() if "dropping signal" in line
    )


def test_payloads_of_others_have_no_effect(shop: Shop, stack: Stack) -> None:
    """Plaintext, and what was encrypted for another payment."""
    customer = shop.customer("pm_card_chargeDeclined")
    order, other = (shop.order(customer, shop.product()) for _ in range(2))
    for one in (order, other):
        shop.await_payment(one, "awaiting_card")
    shop.put(f"/payments/{other}/card", payment_method="pm_card_visa")
    shop.await_order(other, "fulfilled")

    asyncio.run(_send_payloads_of_others(stack, order, other))
    shop.put(f"/payments/{order}/card", payment_method="pm_card_mastercard")

    shop.await_order(order, "fulfilled")
    assert shop.captured(order) == [2500]
    [paid] = [one for one in shop.charges(order) if one["status"] == "succeeded"]
    assert paid["payment_method"] not in {
        one["payment_method"] for one in shop.charges(other) if one["status"] == "succeeded"
    }
    log = [line for line in stack.log("worker").splitlines() if f"payment/{order}" in line]
    assert len([line for line in log if "dropping the signal" in line]) == 3


def test_what_was_started_in_plaintext_does_not_exist(shop: Shop, stack: Stack) -> None:
    """Its input is shown neither as an order nor as a payment."""
    id = str(uuid4())

    asyncio.run(_start_in_plaintext(stack, id, shop.customer()))

    paths = (f"/orders/{id}", f"/orders/{id}/events", f"/payments/{id}")
    answers = {path: shop.respond("GET", path).status_code for path in paths}
    asyncio.run(_delete(stack, order_workflow_id(id), payment_workflow_id(id)))
    assert answers == dict.fromkeys(paths, 404)


async def _delete(stack: Stack, *workflow_ids: str) -> None:
    client = await Client.connect(stack.temporal_address)
    for id in workflow_ids:
        request = DeleteWorkflowExecutionRequest(
            namespace=client.namespace, workflow_execution=WorkflowExecution(workflow_id=id)
        )
        await client.workflow_service.delete_workflow_execution(request)


async def _start_in_plaintext(stack: Stack, id: str, customer: str) -> None:
    client = await Client.connect(stack.temporal_address, data_converter=pydantic_data_converter)
    line = OrderLine(sku="pond-lily", name="Pond lily", quantity=1, price=1)
    forged = OrderInput(
        order_id=id,
        placed_at=datetime.now(UTC),
        customer_id=customer,
        policy=OrderPolicy.CHARGE_LATER,
        lines=(line,),
        currency="EUR",
        agreement=TermsSnapshot(),
    )
    await client.start_workflow(
        "OrderWorkflow",
        forged,
        id=order_workflow_id(id),
        task_queue=TaskQueue.ORDERS,
    )
    await client.start_workflow(
        "PaymentWorkflow",
        PaymentInput.of(payment(id, customer_id=customer), TermsSnapshot()),
        id=payment_workflow_id(id),
        task_queue="nobody",
    )


async def _send_payloads_of_others(stack: Stack, order: str, other: str) -> None:
    plain = await Client.connect(stack.temporal_address)
    payment = plain.get_workflow_handle(f"payment/{order}")
    await payment.signal(CARD_DETAILS_UPDATED, {"payment_method": "pm_card_visa"})
    history = await plain.get_workflow_handle(f"payment/{other}").fetch_history()
    [theirs] = [
        event.workflow_execution_signaled_event_attributes.input.payloads[0]
        for event in history.events
        if event.HasField("workflow_execution_signaled_event_attributes")
    ]
    await payment.signal(CARD_DETAILS_UPDATED, RawValue(theirs))
    theirs.metadata[WORKFLOW] = f"default\0payment/{order}".encode()
    await payment.signal(CARD_DETAILS_UPDATED, RawValue(theirs))


async def _send_malformed_signal(stack: Stack, payment: str) -> None:
    client = await Client.connect(stack.temporal_address)
    for name in malformed_signals.NAMES:
        with suppress(RPCError):  # more than the server takes
            await malformed_signals.send(client, payment, name)
