"""The courses an order may take, by the business process: all its events, in their order."""

from collections.abc import Iterator
from functools import cache

from verification.audit.snapshot import World
from verification.audit.violation import Findings

STEPS = {
    "charge_first": ("PaymentReceived", "GoodsFetched", "GoodsShipped"),
    "charge_before_shipping": ("GoodsFetched", "PaymentReceived", "GoodsShipped"),
    "charge_later": ("GoodsFetched", "GoodsShipped", "PaymentReceived"),
}
INSTEAD = {
    "PaymentReceived": ("PaymentCanceled", "payment_canceled"),
    "GoodsFetched": ("GoodsUnavailable", "goods_unavailable"),
}
"""What may happen instead of a step, and the order's reason then."""

UNDO = {"GoodsShipped": "ShipmentRecalled", "GoodsFetched": "GoodsReturned"}
"""A payment is given back too; that is seen in its own events."""

CANCELED = "canceled_by_customer"

Course = tuple[tuple[str, ...], str | None]
"""All events of an order, and the reason why it was not fulfilled."""


def every_order_takes_an_allowed_course(world: World) -> Findings:
    """One that goes on has begun such a course, one that is over has come to its end."""
    for order in world.books.orders:
        types = tuple(world.types(f"order/{order.id}"))
        courses = allowed(order.policy)
        if order.is_over:
            fits = (types, order.reason) in courses
        else:
            fits = order.reason is None and any(
                course[: len(types)] == types and len(course) > len(types) for course, _ in courses
            )
        if not fits or not types:
            found = f"{order.policy}, {order.status}, {order.reason}: {', '.join(types)}"
            yield f"order {order.id}", found


@cache
def allowed(policy: str) -> frozenset[Course]:
    """Every course from beginning to end."""
    return frozenset(_courses(STEPS[policy])) if policy in STEPS else frozenset()


def _courses(steps: tuple[str, ...]) -> Iterator[Course]:
    yield ("OrderPlaced", *steps, "OrderFulfilled"), None
    for count in range(len(steps) + 1):
        done = steps[:count]
        undone = tuple(UNDO[step] for step in reversed(done) if step in UNDO)
        # Once the goods are on their way it is too late; a customer may cancel until then.
        if "GoodsShipped" not in done[:-1]:
            yield ("OrderPlaced", *done, *undone, "OrderNotFulfilled"), CANCELED
        following = steps[count : count + 1]
        if following and following[0] in INSTEAD:
            instead, reason = INSTEAD[following[0]]
            ended = ("OrderPlaced", *done, instead, *undone, "OrderNotFulfilled")
            yield ended, reason
            if "GoodsShipped" not in done:
                yield ended, CANCELED
