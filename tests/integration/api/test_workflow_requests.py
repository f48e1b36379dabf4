"""What the API sends to Temporal: every field and option that decides what happens there."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import cast

import httpx
import pytest
from fastapi import FastAPI
from temporalio.client import Client
from temporalio.common import Priority, WorkflowIDConflictPolicy, WorkflowIDReusePolicy

from api.services import payment_clock
from domain.events import CreditCardCharged, CreditCardFailed, PaymentReceived
from storage import customers, orders, payments
from storage.database import Database
from tests.integration.api.webhooks import PAYMENT
from tests.support.examples import NOON, order, payment
from tests.support.fake_temporal import CARD, FakeTemporal, FakeTimeSkipper, Request
from workflows.messages import (
    CardDetailsUpdated,
    CardUpdateInput,
    CardUpdateResult,
    OrderInput,
    PaymentInput,
    RefundInput,
    RefundPart,
)
from workflows.names import CUSTOMER_ID, TaskQueue

ORDER = "6a1f8e9e-5d9e-4a53-9d53-0f0a3f0a9e22"
ONCE = (WorkflowIDReusePolicy.REJECT_DUPLICATE, WorkflowIDConflictPolicy.FAIL)


@pytest.fixture
def temporal(
    app: FastAPI, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> FakeTemporal:
    """Instead of a server."""
    del http
    fake = FakeTemporal()
    monkeypatch.setattr(payment_clock, "TimeSkipper", FakeTimeSkipper)
    app.state.context = replace(app.state.context, temporal=cast("Client", fake))
    return fake


def policies(request: Request) -> tuple[object, object]:
    """What becomes of a workflow of the same id that has ended, and of one that has not."""
    return request.options["id_reuse_policy"], request.options["id_conflict_policy"]


def where(request: Request) -> tuple[object, object]:
    """The workflow's type and task queue."""
    return request.options["workflow"], request.options["task_queue"]


def customer_of(request: Request) -> str | None:
    """The search attribute by which the customer's workflows are found."""
    return request.options["search_attributes"].get(CUSTOMER_ID)


async def test_an_order_is_started_once_with_what_was_ordered(
    http: httpx.AsyncClient, temporal: FakeTemporal
) -> None:
    body = {"customer_id": "kermit", "lines": [{"sku": "pond-lily", "quantity": 3}]}
    answer = await http.post("/orders", json=body | {"policy": "charge_later"})
    [request] = temporal.requests
    sent = cast("OrderInput", request.payload)
    assert (sent.order_id, sent.customer_id) == (answer.json()["id"], "kermit")
    assert sent.sequence == ("goods", "shipment", "payment")
    assert [(one.sku, one.quantity, one.price) for one in sent.lines] == [("pond-lily", 3, 2500)]
    assert where(request) == ("OrderWorkflow", TaskQueue.ORDERS)
    assert (policies(request), customer_of(request)) == (ONCE, "kermit")
    assert request.options["priority"] == Priority(fairness_key="kermit")


async def test_a_payment_is_started_once_with_what_was_requested(
    http: httpx.AsyncClient, temporal: FakeTemporal
) -> None:
    body = {"customer_id": "kermit", "amount": 2500, "reference": "invoice-7"}
    answer = await http.post("/payments", json=body)
    [request] = temporal.requests
    sent = cast("PaymentInput", request.payload)
    assert (sent.payment_id, sent.customer_id) == (answer.json()["id"], "kermit")
    assert (sent.amount, sent.currency, sent.reference) == (2500, "EUR", "invoice-7")
    assert where(request) == ("PaymentWorkflow", TaskQueue.PAYMENTS)
    assert (policies(request), customer_of(request)) == (ONCE, "kermit")
    assert request.options["priority"] == Priority(fairness_key="kermit")


async def test_an_order_is_canceled_without_more_being_sent(
    http: httpx.AsyncClient, database: Database, temporal: FakeTemporal
) -> None:
    with database.write() as tx:
        orders.place(tx, order(ORDER))
    assert (await http.post(f"/orders/{ORDER}/cancel")).status_code == 202
    assert temporal.requests == [Request("cancel_order", f"order/{ORDER}")]


async def test_a_card_joins_the_update_under_way(
    http: httpx.AsyncClient, temporal: FakeTemporal
) -> None:
    answer = await http.put("/customers/kermit/card", json={"payment_method": "pm_card_visa"})
    assert answer.status_code == 200
    [request] = temporal.requests
    sent = cast("CardUpdateInput", request.payload)
    assert (sent.customer_id, sent.payment_method) == ("kermit", "pm_card_visa")
    assert where(request) == ("CardUpdateWorkflow", TaskQueue.PAYMENTS)
    assert sent.joinable
    assert request.options["id_conflict_policy"] is WorkflowIDConflictPolicy.USE_EXISTING
    assert request.options["start_signal"] == "card_given"
    given = CardDetailsUpdated(payment_method="pm_card_visa")
    assert request.options["start_signal_args"] == [given]
    assert customer_of(request) == "kermit"
    assert request.options["priority"] == Priority(fairness_key="kermit")


@pytest.mark.parametrize(
    ("result", "status"),
    [
        (CardUpdateResult(card=CARD, payments=(), payment_method="pm_card_visa"), 200),
        (CardUpdateResult(card=None, payments=(), payment_method="pm_card_visa"), 422),
        (CardUpdateResult(card=CARD, payments=(), payment_method="pm_card_mastercard"), 409),
        (CardUpdateResult(card=None, payments=(), payment_method="pm_card_mastercard"), 409),
    ],
    ids=["registered", "no card", "replaced", "replaced by none"],
)
async def test_a_card_update_says_what_became_of_this_card(
    http: httpx.AsyncClient, temporal: FakeTemporal, result: CardUpdateResult, status: int
) -> None:
    temporal.card_update = result
    answer = await http.put("/customers/kermit/card", json={"payment_method": "pm_card_visa"})
    assert answer.status_code == status


async def test_a_card_that_a_newer_one_did_not_replace_is_on_file(
    http: httpx.AsyncClient, temporal: FakeTemporal, database: Database
) -> None:
    """Because the newer one is none: the update answers both requests."""
    with database.write() as tx:
        customers.set_card(tx, "kermit", "pm_card_visa", CARD, NOON)
    temporal.card_update = CardUpdateResult(
        card=None, payments=(PAYMENT,), payment_method="pm_no_card", kept="pm_card_visa"
    )
    answer = await http.put("/customers/kermit/card", json={"payment_method": "pm_card_visa"})
    assert answer.status_code == 200
    assert answer.json() == {"card": CARD.model_dump(), "payments": [PAYMENT]}
    for other, status in (("pm_no_card", 422), ("pm_card_mastercard", 409)):
        answer = await http.put("/customers/kermit/card", json={"payment_method": other})
        assert answer.status_code == status


async def test_a_waiting_payment_gets_the_card_that_was_given(
    http: httpx.AsyncClient, temporal: FakeTemporal, database: Database
) -> None:
    failed = CreditCardFailed(at=NOON, code="card_declined", message="Declined.")
    with database.write() as tx:
        payments.request(tx, payment(PAYMENT))
        payments.record(tx, PAYMENT, failed, number=1)
    body = {"payment_method": "pm_card_mastercard"}
    assert (await http.put(f"/payments/{PAYMENT}/card", json=body)).status_code == 202
    card = CardDetailsUpdated(payment_method="pm_card_mastercard")
    assert temporal.requests == [Request("card_details_updated", f"payment/{PAYMENT}", card)]


async def test_a_refund_is_started_with_its_part(
    http: httpx.AsyncClient, temporal: FakeTemporal, database: Database
) -> None:
    now = datetime.now(UTC)
    with database.write() as tx:
        payments.request(tx, payment(PAYMENT))
        payments.record(tx, PAYMENT, CreditCardCharged(at=now, amount=2500))
        payments.record(tx, PAYMENT, PaymentReceived(at=now))
    part = {"amount": 500, "reference": "return-3"}
    assert (await http.post(f"/payments/{PAYMENT}/refunds", json=part)).status_code == 202
    [request] = temporal.requests
    sent = cast("RefundInput", request.payload)
    assert sent.part == RefundPart(reference="return-3", amount=500)
    assert (sent.payment.payment_id, sent.payment.customer_id) == (PAYMENT, "kermit")
    assert where(request) == ("RefundWorkflow", TaskQueue.PAYMENTS)
    again = (WorkflowIDReusePolicy.ALLOW_DUPLICATE, WorkflowIDConflictPolicy.USE_EXISTING)
    assert policies(request) == again
    assert request.options["priority"] == Priority(fairness_key="kermit")
