"""When a payment that waits for a card reminds the customer, and when it gives up."""

from bisect import bisect_left
from datetime import timedelta
from math import ceil

from verification.audit.rows import Payment
from verification.audit.rules.payment_traces import BY_HAND, FORCE, kind
from verification.audit.snapshot import World
from verification.audit.violation import Findings

SAME_DAY = timedelta(days=1)
"""How late a reminder may be that falls on a day, once there is a worker to send it."""


def reminders_are_on_their_days(world: World) -> Findings:
    """The nth is n intervals after the first failure, and none is at the deadline or later.

    Later only while no payment went on anywhere: what workers that were away send, they send late.
    """
    carried_on = sorted(
        event.at
        for event in world.books.events
        if event.stream.startswith("payment/") and kind(event) != BY_HAND
    )
    for payment in world.books.payments:
        for event in world.events.get(f"payment/{payment.id}", ()):
            if event.type != "CustomerReminded":
                continue
            number: int = event.data["reminder"]
            since = payment.waiting_since or payment.requested_at
            due = since + number * payment.terms.reminder_interval
            is_over = event.at >= since + payment.terms.waiting_time
            # Itself among them, so there is one.
            went_on = carried_on[bisect_left(carried_on, min(due, event.at))]
            is_missed = event.at - went_on >= SAME_DAY
            if event.at < due or is_missed or is_over or number > reminders_at_most(payment):
                yield f"payment {payment.id}", f"reminder {number} is {event.at - due} late"


def no_reminder_is_forgotten(world: World) -> Findings:
    """A payment that waits has reminded the customer of all that was due by its own clock."""
    for payment in world.books.payments:
        execution = world.running(f"payment/{payment.id}")
        if payment.status != "awaiting_card" or payment.waiting_since is None or execution is None:
            continue
        waited = (execution.clock or world.at) - payment.waiting_since
        due = min(waited // payment.terms.reminder_interval, reminders_at_most(payment))
        if payment.reminders_sent < due:
            found = f"{payment.reminders_sent} reminders, but {due} were due"
            yield f"payment {payment.id}", found


def no_payment_is_canceled_before_its_deadline(world: World) -> Findings:
    """Unless its customer cancels the order, the provider refuses to charge, or somebody ends it.

    Of a workflow that ended long ago Temporal does not know any more whether somebody did.
    """
    for payment in world.books.payments:
        canceled = [
            event.at
            for event in world.events.get(f"payment/{payment.id}", ())
            if event.type == "PaymentCanceled"
        ]
        if not canceled or _may_be_canceled_any_time(world, payment):
            continue
        since = payment.waiting_since
        if since is None or canceled[0] < since + payment.terms.waiting_time:
            yield f"payment {payment.id}", f"canceled at {canceled[0]}, waiting since {since}"


def reminders_at_most(payment: Payment) -> int:
    """How many fall before the deadline."""
    return ceil(payment.terms.waiting_time / payment.terms.reminder_interval) - 1


def _may_be_canceled_any_time(world: World, payment: Payment) -> bool:
    order = world.orders.get(payment.id)
    by_customer = order is not None and (
        order.reason == "canceled_by_customer" or order.status == "canceling"
    )
    execution = world.executions_by_id.get(f"payment/{payment.id}")
    by_somebody = execution is None or execution.cancel_requested or execution.status in FORCE
    # The provider refused the request itself: it has no outcome, and nothing is held.
    refused = any(not charge.is_settled for charge in world.charges.get(payment.id, ()))
    return by_customer or by_somebody or refused
