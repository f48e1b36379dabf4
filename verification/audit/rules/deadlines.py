"""When a payment that waits for a card reminds the customer, and when it gives up."""

from bisect import bisect_left
from datetime import timedelta
from math import ceil

from verification.audit.rows import Payment
from verification.audit.rules.payment_traces import BY_HAND, FORCE, kind
from verification.audit.snapshot import Snapshot
from verification.audit.violation import Findings

SAME_DAY = timedelta(days=1)
"""How late a reminder may be once a worker is running."""


def reminders_are_on_their_days(snapshot: Snapshot) -> Findings:
    """Reminder n is due n intervals after the first failure, and always before the deadline.

    It may be late only while no payment made progress: then no worker was running.
    """
    progress = sorted(
        event.at
        for event in snapshot.books.events
        if event.stream.startswith("payment/") and kind(event) != BY_HAND
    )
    for payment in snapshot.books.payments:
        for event in snapshot.events.get(f"payment/{payment.id}", ()):
            if event.type != "CustomerReminded":
                continue
            number: int = event.data["reminder"]
            since = payment.waiting_since or payment.requested_at
            due = since + number * payment.terms.reminder_interval
            is_over = event.at >= since + payment.terms.waiting_time
            # There is one: the reminder itself.
            resumed_at = progress[bisect_left(progress, min(due, event.at))]
            is_missed = event.at - resumed_at >= SAME_DAY
            if event.at < due or is_missed or is_over or number > reminders_at_most(payment):
                yield f"payment {payment.id}", f"reminder {number} is {event.at - due} late"


def no_reminder_is_forgotten(snapshot: Snapshot) -> Findings:
    """A waiting payment has sent all reminders that are due by its own clock."""
    for payment in snapshot.books.payments:
        execution = snapshot.running(f"payment/{payment.id}")
        if payment.status != "awaiting_card" or payment.waiting_since is None or execution is None:
            continue
        waited = (execution.clock or snapshot.at) - payment.waiting_since
        due = min(waited // payment.terms.reminder_interval, reminders_at_most(payment))
        if payment.reminders_sent < due:
            found = f"{payment.reminders_sent} reminders, but {due} were due"
            yield f"payment {payment.id}", found


def no_payment_is_canceled_before_its_deadline(snapshot: Snapshot) -> Findings:
    """Unless the customer cancels, or an operator ends it.

    After the retention time Temporal no longer knows whether an operator ended a workflow.
    """
    for payment in snapshot.books.payments:
        canceled = [
            event.at
            for event in snapshot.events.get(f"payment/{payment.id}", ())
            if event.type == "PaymentCanceled"
        ]
        if not canceled or _may_be_canceled_any_time(snapshot, payment):
            continue
        since = payment.waiting_since
        if since is None or canceled[0] < since + payment.terms.waiting_time:
            yield f"payment {payment.id}", f"canceled at {canceled[0]}, waiting since {since}"


def reminders_at_most(payment: Payment) -> int:
    """How many fall before the deadline."""
    return ceil(payment.terms.waiting_time / payment.terms.reminder_interval) - 1


def _may_be_canceled_any_time(snapshot: Snapshot, payment: Payment) -> bool:
    order = snapshot.orders.get(payment.id)
    by_customer = order is not None and (
        order.reason == "canceled_by_customer" or order.status == "canceling"
    )
    execution = snapshot.executions_by_id.get(f"payment/{payment.id}")
    by_operator = execution is None or execution.cancel_requested or execution.status in FORCE
    # In older releases a payment ended when the provider refused the request itself.
    charges = snapshot.charges.get(payment.id, ())
    refused = any(not charge.is_settled and charge.on_session is None for charge in charges)
    return by_customer or by_operator or refused
