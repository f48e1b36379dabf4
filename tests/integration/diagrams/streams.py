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
    RefundReason,
    RefundState,
    order_workflow_id,
    payment_workflow_id,
)
from storage import tables
from storage.database import Database
from tests.integration.diagrams.diagram import of_order, of_payment
from tests.integration.diagrams.token_replay import Event, Result, replay

Stream = tuple[Event, ...]

REFUNDS = {"CreditCardRefunded", "AmountCredited"}
"""The diagram has them only where all that is held is given back at once. Refunds of parts, and
those that are pending, refused or fail, are not drawn: the audit's rules check them.
"""


def assert_drawn(database_url: str) -> int:
    """Fails naming each order and payment that deviates; how many there were."""
    with closing(Database(database_url)) as database, database.read() as tx:
        results = dict(_results(tx))
    deviations = [f"{name}: {why}" for name, why in results.items() if why]
    assert not deviations, "\n".join(["not as it is drawn:", *deviations])
    return len(results)


def _results(tx: Connection) -> Iterator[tuple[str, str | None]]:
    streams = _streams(tx)
    orders, payments, refunds = tables.orders.c, tables.payments.c, tables.refunds.c
    is_undrawn = (refunds.reason == RefundReason.OPERATOR) | (
        refunds.status != RefundState.SUCCEEDED
    )
    undrawn = set(tx.execute(select(refunds.payment_id).where(is_undrawn)).scalars())
    for id, policy, status in tx.execute(select(orders.id, orders.policy, orders.status)):
        result = _of_order(OrderPolicy(policy), streams[order_workflow_id(id)])
        yield order_workflow_id(id), _complaint(result, is_over=OrderStatus(status).is_final)
    for id, status, withdrawn in tx.execute(
        select(payments.id, payments.status, payments.withdrawn)
    ):
        settled = status in {PaymentStatus.RECEIVED, PaymentStatus.REFUNDED}
        is_over = settled or (status == PaymentStatus.CANCELED and not withdrawn)
        stream = streams[payment_workflow_id(id)]
        if id in undrawn or _is_credited_first(stream):
            stream = tuple(event for event in stream if event.type not in REFUNDS)
        result = _of_payment(stream)
        yield payment_workflow_id(id), _complaint(result, is_over=is_over)


def _is_credited_first(stream: Stream) -> bool:
    """Whether the card's part of a refund was pending while the account was credited."""
    given = [event.type for event in stream if event.type in REFUNDS]
    return given[:1] == ["AmountCredited"] and len(given) > 1


def _complaint(result: Result, *, is_over: bool) -> str | None:
    if result.deviation is None and is_over and not result.is_over:
        return "is over, but in the diagram something is to come"
    return result.deviation


def _streams(tx: Connection) -> dict[str, Stream]:
    events = tables.events.c
    streams = defaultdict[str, Stream](tuple)
    for stream, type, data in tx.execute(
        select(events.stream, events.type, events.data).order_by(events.stream, events.sequence)
    ):
        streams[stream] += (Event.of(type, data),)
    return streams


@cache
def _of_order(policy: OrderPolicy, events: Stream) -> Result:
    return replay(of_order(policy), events)


@cache
def _of_payment(events: Stream) -> Result:
    return replay(of_payment(), events)
