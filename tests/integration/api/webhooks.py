"""Webhooks as Stripe sends them, and payments that wait for them."""

import json
import time
from datetime import UTC, datetime
from typing import Any

import httpx
from sqlalchemy import select
from stripe import WebhookSignature

from domain.payment import PaymentFailure
from storage import charges, payments, tables
from storage.database import Database
from tests.support.examples import payment

NEW, OLD = "whsec_new", "whsec_old"
PAYMENT = "6a1f8e9e-5d9e-4a53-9d53-0f0a3f0a9e21"
SUCCEEDED = "payment_intent.succeeded"


def body_of(type: str = SUCCEEDED, id: str = "evt_1", intent: str = "pi_open") -> str:
    return json.dumps({"id": id, "type": type, "data": {"object": {"id": intent}}})


async def tell(
    http: httpx.AsyncClient,
    body: str,
    *,
    secret: str = NEW,
    late: float = 0,
    headers: dict[str, str] | None = None,
) -> httpx.Response:
    """Send it signed, `late` seconds ago."""
    now = int(time.time() - late)
    signature = WebhookSignature.generate_signature_header(body, secret, now)
    return await http.post(
        "/webhooks/stripe", content=body, headers={"Stripe-Signature": signature} | (headers or {})
    )


def wait_for(database: Database, *, customer: bool, attempt: int = 1) -> None:
    """A payment whose charge stays open: for its customer, or else for the bank."""
    now = datetime.now(UTC)
    with database.write() as tx:
        payments.request(tx, payment(PAYMENT))
        charge = charges.begin(tx, PAYMENT, attempt, "pm_card_visa", now)
        if customer:
            why = PaymentFailure(code="authentication_required", message="")
            charges.settle(tx, charge.model_copy(update={"failure": why}))
        charges.keep_open(tx, charge, "pi_open")


def noted(database: Database) -> list[tuple[Any, ...]]:
    events = tables.provider_events
    with database.read() as tx:
        return [tuple(row) for row in tx.execute(select(events.c.id, events.c.payment_id))]
