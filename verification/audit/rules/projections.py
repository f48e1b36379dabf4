"""Compares the rows with the domain's own projections of the events.

Other rules check the events themselves, without the domain's code.
"""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, cast

from pydantic import ValidationError

from domain import events
from domain.order import Order, OrderEvent
from domain.payment import Payment, PaymentEvent
from verification.audit import rows
from verification.audit.snapshot import Snapshot
from verification.audit.violation import Findings

PLACED = ("id", "customer_id", "policy", "steps", "lines", "currency")
"""What an order has from the beginning."""


def every_orders_row_matches_its_events(snapshot: Snapshot) -> Findings:
    """Except for `canceling`, which is set before there is an event."""
    for row in snapshot.books.orders:
        stream = snapshot.events.get(f"order/{row.id}", ())
        kept = asdict(row)
        begun = {name: kept[name] for name in PLACED}
        try:
            order = Order.model_validate(
                begun | {"placed_at": row.placed_at, "updated_at": row.placed_at}
            )
            for event in _parsed(stream):
                order = order.after(cast("OrderEvent", event))
            projected = [order] if row.is_over else [order, order.canceling()]
        except (ValidationError, ValueError, AttributeError) as error:
            yield f"order {row.id}", f"its events can't be projected: {type(error).__name__}"
            continue
        yield from _compared(f"order {row.id}", kept, [each.model_dump() for each in projected])


def every_payments_row_matches_its_events(snapshot: Snapshot) -> Findings:
    """Except for `charging` and `refunding`, which are set before there is an event."""
    for row in snapshot.books.payments:
        stream = snapshot.events.get(f"payment/{row.id}", ())
        kept = asdict(row)
        begun = ("id", "reference", "customer_id", "amount", "currency", "terms", "requested_at")
        try:
            payment = Payment.model_validate(
                {name: kept[name] for name in begun} | {"updated_at": row.requested_at}
            )
            for event in _parsed(stream):
                payment = payment.after(cast("PaymentEvent", event))
        except (ValidationError, ValueError, AttributeError) as error:
            yield f"payment {row.id}", f"its events can't be projected: {type(error).__name__}"
            continue
        projected = [payment]
        deadline = {"deadline": payment.deadline}  # a column, but not a field of the model
        if row.is_open:
            projected.append(payment.charging())
        if row.status == "refunding":
            projected.append(payment.refunding())
        candidates = [each.model_dump() | deadline for each in projected]
        yield from _compared(f"payment {row.id}", kept, candidates)


def _parsed(stream: Sequence[rows.Event]) -> list[events.DomainEvent]:
    """Raises `AttributeError` or `ValidationError` for an event that the domain does not know."""
    return [getattr(events, one.type).model_validate({"at": one.at, **one.data}) for one in stream]


def _compared(subject: str, row: dict[str, Any], projected: list[dict[str, Any]]) -> Findings:
    """No finding if a projection equals the row; otherwise how the first one differs."""
    differences = [
        {name: (row[name], value) for name, value in each.items() if row[name] != value}
        for each in projected
    ]
    if all(differences):
        listed = ", ".join(
            f"{name} is {actual}, expected {expected}"
            for name, (actual, expected) in sorted(differences[0].items())
        )
        yield subject, listed
