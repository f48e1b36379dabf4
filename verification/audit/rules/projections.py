"""The rows that people read are what the events make of them, by the code's own account.

Whether the events themselves are right is said by others, without that code.
"""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, cast

from pydantic import ValidationError

from domain import events
from domain.order import Order, OrderEvent
from domain.payment import Payment, PaymentEvent
from verification.audit import rows
from verification.audit.snapshot import World
from verification.audit.violation import Findings

PLACED = ("id", "customer_id", "policy", "steps", "lines", "currency")
"""What an order has from the beginning."""


def every_orders_row_is_what_its_events_make(world: World) -> Findings:
    """But for `canceling`, which is shown before anything has happened."""
    for row in world.books.orders:
        stream = world.events.get(f"order/{row.id}", ())
        kept = asdict(row)
        begun = {name: kept[name] for name in PLACED}
        try:
            order = Order.model_validate(
                begun | {"placed_at": row.placed_at, "updated_at": row.placed_at}
            )
            for event in _parsed(stream):
                order = order.after(cast("OrderEvent", event))
            made = [order] if row.is_over else [order, order.canceling()]
        except (ValidationError, ValueError, AttributeError) as error:
            yield f"order {row.id}", f"its events make no order: {type(error).__name__}"
            continue
        yield from _compared(f"order {row.id}", kept, [each.model_dump() for each in made])


def every_payments_row_is_what_its_events_make(world: World) -> Findings:
    """But for `charging` and `refunding`, which are shown before anything has happened."""
    for row in world.books.payments:
        stream = world.events.get(f"payment/{row.id}", ())
        kept = asdict(row)
        begun = ("id", "reference", "customer_id", "amount", "currency", "terms", "requested_at")
        try:
            payment = Payment.model_validate(
                {name: kept[name] for name in begun} | {"updated_at": row.requested_at}
            )
            for event in _parsed(stream):
                payment = payment.after(cast("PaymentEvent", event))
        except (ValidationError, ValueError, AttributeError) as error:
            yield f"payment {row.id}", f"its events make no payment: {type(error).__name__}"
            continue
        made = [payment]
        deadline = {"deadline": payment.deadline}  # no field of it, but a column
        if row.is_open:
            made.append(payment.charging())
        if row.status == "refunding":
            made.append(payment.refunding())
        made_rows = [each.model_dump() | deadline for each in made]
        yield from _compared(f"payment {row.id}", kept, made_rows)


def _parsed(stream: Sequence[rows.Event]) -> list[events.DomainEvent]:
    """Raises `AttributeError` or `ValidationError` for what is none of the domain's events."""
    return [getattr(events, one.type).model_validate({"at": one.at, **one.data}) for one in stream]


def _compared(subject: str, row: dict[str, Any], made: list[dict[str, Any]]) -> Findings:
    """Nothing if one of them is the row; otherwise where the first one differs."""
    differences = [
        {name: (row[name], value) for name, value in each.items() if row[name] != value}
        for each in made
    ]
    if all(differences):
        told = ", ".join(
            f"{name} is {is_}, and not {should}"
            for name, (is_, should) in sorted(differences[0].items())
        )
        yield subject, told
