"""Bugs that only an operator's action in Temporal reveals: each run begins anew."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Connection
from temporalio import activity

from activities import charges as activities
from domain.events import CustomerReminded
from domain.payment import Payment, PaymentEvent
from gateways.cards import ChargeRequest
from storage import charges, payments
from storage.charges import Charge


def charge_each_run(patch: pytest.MonkeyPatch) -> None:
    """Each run has idempotency keys of its own."""
    request = activities._request

    def request_of_run(charge: Charge, payment_method: str) -> ChargeRequest:
        requested = request(charge, payment_method)
        return replace(requested, key=f"{requested.key}:{activity.info().workflow_run_id}")

    patch.setattr(activities, "_request", request_of_run)


def remind_in_each_run(patch: pytest.MonkeyPatch) -> None:
    """A reminder counts as sent only if this run has sent it."""
    record = payments.record_locked

    def record_of_run(
        tx: Connection, payment: Payment, event: PaymentEvent, *, number: int | str = 1
    ) -> bool:
        if isinstance(event, CustomerReminded):
            number = f"{number}:{activity.info().workflow_run_id}"
        return record(tx, payment, event, number=number)

    patch.setattr(payments, "record_locked", record_of_run)


def count_attempts_of_the_run(patch: pytest.MonkeyPatch) -> None:
    """Attempts that a former run made are taken for those of cards that are given now."""

    def find(tx: Connection, payment_id: str, attempt: int) -> Any:
        return charges.find(tx, payment_id, attempt)

    patch.setattr(activities, "_last_made", find)
