"""Order and payment agree, and an order that comes to nothing has cost nobody anything."""

from verification.audit.rows import Order
from verification.audit.snapshot import World
from verification.audit.violation import Findings


def an_order_is_as_it_was_placed(world: World) -> Findings:
    """Its row says what OrderPlaced said."""
    for order in world.books.orders:
        placed = {"customer_id": order.customer_id, "policy": order.policy, "total": order.total}
        for event in world.events.get(f"order/{order.id}", ()):
            if event.type == "OrderPlaced" and event.data != placed:
                yield f"order {order.id}", f"is {placed}, but was placed as {event.data}"


def a_payment_is_as_it_was_requested(world: World) -> Findings:
    """Its row says what PaymentRequested said."""
    for payment in world.books.payments:
        requested = {
            name: getattr(payment, name) for name in ("customer_id", "reference", "amount")
        }
        for event in world.events.get(f"payment/{payment.id}", ()):
            if event.type == "PaymentRequested" and event.data != requested:
                yield f"payment {payment.id}", f"is {requested}, but was requested as {event.data}"


def an_order_costs_what_its_lines_cost(world: World) -> Findings:
    """Quantity times price, line by line."""
    for order in world.books.orders:
        cost = sum(line.quantity * line.price for line in order.lines)
        if order.total != cost:
            yield f"order {order.id}", f"total {order.total}, but its lines cost {cost}"


def an_orders_payment_is_for_that_order(world: World) -> Findings:
    """Its total, of its customer, under its id."""
    for order in world.books.orders:
        payment = world.payments.get(order.id)
        asked = (order.customer_id, order.total, order.currency, order.id)
        if payment is not None:
            found = (payment.customer_id, payment.amount, payment.currency, payment.reference)
            if found != asked:
                yield f"order {order.id}", f"its payment is {found}, not {asked}"


def an_order_heard_what_its_payment_said(world: World) -> Findings:
    """Received only if it was; canceled only if it was, by the time the order is over."""
    for order in world.books.orders:
        heard = world.types(f"order/{order.id}")
        said = world.types(f"payment/{order.id}")
        if "PaymentReceived" in heard and "PaymentReceived" not in said:
            yield f"order {order.id}", "heard PaymentReceived, which its payment never said"
        # One that somebody ended by force before its first step could say nothing.
        spoke = order.is_over and bool(said)
        if spoke and "PaymentCanceled" in heard and "PaymentCanceled" not in said:
            yield f"order {order.id}", "heard PaymentCanceled, which its payment never said"


def what_is_not_fulfilled_is_net_zero(world: World) -> Findings:
    """With the ledger, the card provider and the carrier."""
    for order in world.books.orders:
        if order.status == "not_fulfilled":
            left = {
                "on our account": _withdrawn(world, order),
                "with the card provider": world.held_of(order.id),
                "with the carrier": _booked(world, order),
            }
            still = {where: what for where, what in left.items() if what}
            if still:
                yield f"order {order.id}", f"not fulfilled, but there is left: {still}"


def _withdrawn(world: World, order: Order) -> int:
    taken = world.transfers.get(f"payment:{order.id}:withdraw")
    credited = world.transfers.get(f"payment:{order.id}:credit")
    return (taken.amount if taken else 0) - (credited.amount if credited else 0)


def _booked(world: World, order: Order) -> list[str]:
    consignments = world.consignments_by_order.get(order.id, ())
    return [consignment.id for consignment in consignments if consignment.status == "booked"]
