"""Messages that make no sense, sent past the API: they hurt no payment and no order."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select
from temporalio.api.common.v1 import Payload
from temporalio.client import WorkflowUpdateFailedError
from temporalio.common import RawValue
from temporalio.service import RPCError

from domain.statuses import CancellationReason
from storage import tables
from tests.integration.workflows.harness import Harness
from workflows.messages import PaymentOutcome
from workflows.names import TaskQueue


def raw(encoding: str, data: bytes = b"") -> RawValue:
    """What a client of another language, or a broken one, may send."""
    return RawValue(Payload(metadata={"encoding": encoding.encode()}, data=data))


CARD_NUMBER = "4000056655665556"
GOOD = {"payment_method": "pm_good"}
MALFORMED: dict[str, Sequence[Any]] = {
    "nothing": [],
    "null": [None],
    "bytes": [b"pm_good"],
    "two": [GOOD, GOOD],
    "another type": ["pm_good"],
    "a field missing": [{}],
    "a field of another type": [{"payment_method": 7}],
    "no token": [{"payment_method": CARD_NUMBER}],
    "1.9 MB": [{"payment_method": "pm_" + "x" * 1_900_000}],
    "broken JSON": [raw("json/plain", b'{"payment_method": "pm_')],
    "an encoding nobody knows": [raw("binary/unheard-of", b"\xff")],
    "a message of protobuf": [raw("json/protobuf", b"{}")],
}


@pytest.mark.parametrize("malformed", MALFORMED)
async def test_a_signal_that_makes_no_sense_is_dropped(
    harness: Harness, malformed: str, caplog: pytest.LogCaptureFixture
) -> None:
    payment = await harness.request_payment(harness.customer("pm_bad"))
    before = await harness.waiting(payment)

    await payment.signal("card_details_updated", args=MALFORMED[malformed])
    await payment.signal("no_such_signal", GOOD)
    await harness.until(lambda: "dropping" in caplog.text)

    assert harness.see(payment) == before
    assert CARD_NUMBER not in caplog.text
    await harness.update_card(payment, "pm_good")
    assert (await payment.result()).outcome is PaymentOutcome.RECEIVED
    assert [charge.payment_method for charge in harness.cards.asked] == ["pm_bad", "pm_good"]


async def test_more_than_the_server_takes_is_refused(harness: Harness) -> None:
    payment = await harness.request_payment(harness.customer("pm_bad"))
    await harness.waiting(payment)

    with pytest.raises(RPCError, match="size"):
        await payment.signal("card_details_updated", {"payment_method": "x" * 2_100_000})

    await harness.update_card(payment, "pm_good")
    assert (await payment.result()).outcome is PaymentOutcome.RECEIVED


@pytest.mark.parametrize("arguments", [[None], [GOOD], ["x" * 1_900_000], [1, 2]])
async def test_what_an_update_carries_too_much_is_ignored(
    harness: Harness, arguments: list[Any]
) -> None:
    order = await harness.place_order(harness.customer("pm_bad"))
    await harness.waiting(harness.payment_of(order))

    with pytest.raises(WorkflowUpdateFailedError):
        await order.execute_update("no_such_update", args=arguments)
    await order.execute_update("cancel_order", args=arguments)

    assert (await order.result()).reason is CancellationReason.CANCELED_BY_CUSTOMER


LINE = {"sku": "lily", "name": "Pond lily", "quantity": 1, "price": 2500}
ORDER: dict[str, Any] = {
    "order_id": "malformed",
    "placed_at": "2026-03-01T12:00:00Z",
    "customer_id": "kermit",
    "policy": "charge_first",
    "lines": [LINE],
    "currency": "EUR",
}
PAYMENT: dict[str, Any] = {
    "payment_id": "malformed",
    "reference": "invoice",
    "customer_id": "kermit",
    "amount": 2500,
    "currency": "EUR",
}
QUEUES = {"PaymentWorkflow": TaskQueue.PAYMENTS, "OrderWorkflow": TaskQueue.ORDERS}
BAD_INPUTS: list[tuple[str, dict[str, Any]]] = [
    *(
        ("PaymentWorkflow", PAYMENT | wrong)
        for wrong in [
            {"amount": -1},
            {"amount": 25.5},
            {"amount": 10**13},
            {"currency": "euros"},
            {"reference": "x" * 201},
            {"customer_id": "x" * 65},
            {"payment_id": "../x"},
            {"agreement": {"backoff": {"first": "PT0S"}}},
            {"agreement": {"terms": {"waiting_time": 0}}},
        ]
    ),
    *(
        ("OrderWorkflow", ORDER | wrong)
        for wrong in [
            {"policy": "charge_never"},
            {"lines": []},
            {"lines": [LINE | {"price": -1}]},
            {"lines": [LINE | {"quantity": 10**12}]},
            {"placed_at": "2026-03-01T12:00:00"},
            {"steps": ["shipment"]},
            {"steps": ["goods", "goods", "payment", "shipment"]},
        ]
    ),
]


@pytest.mark.parametrize(("workflow", "input"), BAD_INPUTS, ids=str)
async def test_what_makes_no_sense_never_begins(
    harness: Harness, workflow: str, input: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing is done for it. It is kept, as a later release may understand it, until somebody
    terminates it.
    """
    malformed_start = await harness.client.start_workflow(
        workflow, input, id=f"{workflow}-{uuid4().hex}", task_queue=QUEUES[workflow]
    )
    harness.started.append(malformed_start)
    await harness.until(lambda: "Failed decoding arguments" in caplog.text)

    with harness.database.read() as tx:
        assert tx.execute(select(tables.events)).all() == []
        assert tx.execute(select(tables.payments)).all() == []
    payment = await harness.request_payment(harness.customer("pm_good"))
    assert (await payment.result()).outcome is PaymentOutcome.RECEIVED
