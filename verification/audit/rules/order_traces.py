"""The event sequences that the business process allows for an order."""

from collections.abc import Iterator
from functools import cache

from verification.audit.snapshot import Snapshot
from verification.audit.violation import Findings

STEPS = {
    "charge_first": ("PaymentReceived", "GoodsFetched", "GoodsShipped"),
    "charge_before_shipping": ("GoodsFetched", "PaymentReceived", "GoodsShipped"),
    "charge_later": ("GoodsFetched", "GoodsShipped", "PaymentReceived"),
}
"""The sequences of orders that do not carry their own."""

EVENTS = {"payment": "PaymentReceived", "goods": "GoodsFetched", "shipment": "GoodsShipped"}
"""The event of each step that an order carries."""

INSTEAD = {
    "PaymentReceived": ("PaymentCanceled", "payment_canceled"),
    "GoodsFetched": ("GoodsUnavailable", "goods_unavailable"),
}
"""The event that may happen instead of a step's, and the reason that the order then has."""

UNDO = {"GoodsShipped": "ShipmentRecalled", "GoodsFetched": "GoodsReturned"}
"""The compensations; a payment's refund is in the payment's own events."""

CANCELED = "canceled_by_customer"

Trace = tuple[tuple[str, ...], str | None]
"""All events of an order, and the reason why it was not fulfilled."""


def every_order_follows_an_allowed_trace(snapshot: Snapshot) -> Findings:
    """The events of an open order are a proper prefix of an allowed trace, else all of one."""
    for order in snapshot.books.orders:
        types = tuple(snapshot.types(f"order/{order.id}"))
        traces = allowed(order.policy, order.steps)
        if order.is_over:
            fits = (types, order.reason) in traces
        else:
            fits = order.reason is None and any(
                trace[: len(types)] == types and len(trace) > len(types) for trace, _ in traces
            )
        if not fits or not types:
            found = f"{order.policy}, {order.status}, {order.reason}: {', '.join(types)}"
            yield f"order {order.id}", found


@cache
def allowed(policy: str, steps: tuple[str, ...] | None = None) -> frozenset[Trace]:
    """Every complete trace, in the sequence that the order carries, or else of its policy."""
    if policy not in STEPS:
        return frozenset()
    return frozenset(_traces(tuple(EVENTS[step] for step in steps) if steps else STEPS[policy]))


def _traces(steps: tuple[str, ...]) -> Iterator[Trace]:
    yield ("OrderPlaced", *steps, "OrderFulfilled"), None
    for count in range(len(steps) + 1):
        done = steps[:count]
        undone = tuple(UNDO[step] for step in reversed(done) if step in UNDO)
        # A customer may cancel until the goods are shipped.
        if "GoodsShipped" not in done[:-1]:
            yield ("OrderPlaced", *done, *undone, "OrderNotFulfilled"), CANCELED
        following = steps[count : count + 1]
        if following and following[0] in INSTEAD:
            instead, reason = INSTEAD[following[0]]
            ended = ("OrderPlaced", *done, instead, *undone, "OrderNotFulfilled")
            yield ended, reason
            if "GoodsShipped" not in done:
                yield ended, CANCELED
