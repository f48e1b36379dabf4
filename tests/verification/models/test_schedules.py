"""A card update, the deadline, a charge and a cancellation race: each time one of them wins."""

from datetime import timedelta

import pytest

from storage import customers
from tests.verification.models.machinery import (
    WorkflowMachine,
    activity_done,
    started,
    timer_fired,
)
from tests.verification.models.schedules import BEGIN, Counter, Schedule
from workflows.messages import PaymentInput
from workflows.payment import PaymentWorkflow

pytestmark = pytest.mark.proof

SCHEDULES = 250


def test_each_race_has_one_winner(counter: Counter) -> None:
    """Many more, and a single one again: `python -m tests.verification.models`."""
    for seed in range(SCHEDULES):
        Schedule(counter, seed).play()


def test_workers_down_until_after_the_deadline_send_no_reminder(counter: Counter) -> None:
    with counter.database.write() as tx:
        customers.create(tx, "kermit", "Kermit", "kermit@example.com", "EUR")
    payment = WorkflowMachine(PaymentWorkflow, "payment/late", BEGIN)
    input = PaymentInput(
        payment_id="late", reference="late", customer_id="kermit", amount=2500, currency="EUR"
    )
    payment.activate(BEGIN, started(input))
    while payment.activities:
        [wanted] = payment.activities.values()
        payment.activate(BEGIN, activity_done(wanted.seq, counter.carry_out(wanted, BEGIN)))

    [first_reminder] = payment.timers
    payment.activate(BEGIN + timedelta(days=15), timer_fired(first_reminder))

    assert [wanted.name for wanted in payment.activities.values()] == ["cancel_payment"]
    payment.close()
