"""The event streams of a real database, held against the diagrams."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from functools import cache

from sqlalchemy import Connection, select

from domain.statuses import (
    OrderPolicy,
    OrderStatus,
    PaymentStatus,
    order_workflow_id,
    payment_workflow_id,
)
from storage import tables
from storage.database import Database
from storage.refunds import Refund
from tests.integration.diagrams.diagram import of_order, of_payment, of_refund
from tests.integration.diagrams.token_replay import Event, Result, replay

Stream = tuple[Event, ...]

PAYMENT = "payment"
"""Instead of a refund's number: what happens to the payment itself."""

REFUNDED = {"CreditCardRefunded", "AmountCredited"}
CREDITED_BY_PAYMENT = "AmountCredited:1"


def assert_drawn(database_url: str) -> int:
    """Fails naming each order, payment and refund that deviates; how many orders and payments there
    were.
    """
    with closing(Database(database_url)) as database, database.read() as tx:
        results = [*_orders(tx), *_payments(tx)]
        refunds = list(_refunds(tx))
    deviations = [f"{name}: {why}" for name, why in results + refunds if why]
    assert not deviations, "\n".join(["not as it is drawn:", *deviations])
    return len(results)


def _orders(tx: Connection) -> Iterator[tuple[str, str | None]]:
    orders = tables.orders.c
    for id, policy, status in tx.execute(select(orders.id, orders.policy, orders.status)):
        name = order_workflow_id(id)
        stream = tuple(event for _, event in _stream(tx, name))
        result = _of_order(OrderPolicy(policy), stream)
        yield name, _complaint(result, is_over=OrderStatus(status).is_final)


def _payments(tx: Connection) -> Iterator[tuple[str, str | None]]:
    payments = tables.payments.c
    columns = select(payments.id, payments.status, payments.withdrawn)
    for id, status, withdrawn in tx.execute(columns):
        name = payment_workflow_id(id)
        is_over = not PaymentStatus(status).is_open
        is_over &= status != PaymentStatus.CANCELED or not withdrawn
        yield name, _complaint(_of_payment(_parts(tx, name)[PAYMENT]), is_over=is_over)


def _refunds(tx: Connection) -> Iterator[tuple[str, str | None]]:
    """Of each refund that left events, or that is in the table."""
    known = {(one.payment_id, str(one.event_number)): one for one in _rows(tx)}
    found = {
        (id, number): stream
        for (id,) in tx.execute(select(tables.payments.c.id))
        for number, stream in _parts(tx, payment_workflow_id(id)).items()
        if number != PAYMENT
    }
    for id, number in known.keys() | found.keys():
        refund = known.get((id, number))
        is_over = refund is None or not (refund.is_under_way or refund.is_owed)
        result = _of_refund(found.get((id, number), ()))
        yield f"refund/{id}/{number}", _complaint(result, is_over=is_over)


def _rows(tx: Connection) -> list[Refund]:
    return [Refund.model_validate(row) for row in tx.execute(select(tables.refunds)).mappings()]


def _complaint(result: Result, *, is_over: bool) -> str | None:
    if result.deviation is None and is_over and not result.is_over:
        return "is over, but in the diagram something is to come"
    return result.deviation


def _parts(tx: Connection, name: str) -> defaultdict[str, Stream]:
    """The payment's own events, and those of each of its refunds by its number in their keys.

    What a canceled payment had withdrawn is credited by the payment itself.
    """
    parts = defaultdict[str, Stream](tuple)
    stream = _stream(tx, name)
    is_canceled = any(event.type == "PaymentCanceled" for _, event in stream)
    for key, event in stream:
        is_refund = event.type in REFUNDED and not (is_canceled and key == CREDITED_BY_PAYMENT)
        parts[key.partition(":")[2] if is_refund else PAYMENT] += (event,)
    return parts


def _stream(tx: Connection, name: str) -> list[tuple[str, Event]]:
    """The events with their keys."""
    events = tables.events.c
    rows = tx.execute(
        select(events.key, events.type, events.data)
        .where(events.stream == name)
        .order_by(events.sequence)
    )
    return [(key, Event.of(type, data)) for key, type, data in rows]


@cache
def _of_order(policy: OrderPolicy, events: Stream) -> Result:
    return replay(of_order(policy), events)


@cache
def _of_payment(events: Stream) -> Result:
    return replay(of_payment(), events)


@cache
def _of_refund(events: Stream) -> Result:
    return replay(of_refund(), events)
