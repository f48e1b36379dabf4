"""Orders agree with their payments, and an order that is not fulfilled leaves nothing behind."""

from verification.audit.rows import Order
from verification.audit.snapshot import Snapshot
from verification.audit.violation import Findings


def every_order_matches_its_placement(snapshot: Snapshot) -> Findings:
    """Its row has the values of OrderPlaced."""
    for order in snapshot.books.orders:
        placed = {"customer_id": order.customer_id, "policy": order.policy, "total": order.total}
        for event in snapshot.events.get(f"order/{order.id}", ()):
            if event.type == "OrderPlaced" and event.data != placed:
                yield f"order {order.id}", f"is {placed}, but was placed as {event.data}"


def every_payment_matches_its_request(snapshot: Snapshot) -> Findings:
    """Its row has the values of PaymentRequested."""
    for payment in snapshot.books.payments:
        requested = {
            name: getattr(payment, name) for name in ("customer_id", "reference", "amount")
        }
        for event in snapshot.events.get(f"payment/{payment.id}", ()):
            if event.type == "PaymentRequested" and event.data != requested:
                yield f"payment {payment.id}", f"is {requested}, but was requested as {event.data}"


def an_order_costs_what_its_lines_cost(snapshot: Snapshot) -> Findings:
    """Quantity times price, line by line."""
    for order in snapshot.books.orders:
        cost = sum(line.quantity * line.price for line in order.lines)
        if order.total != cost:
            yield f"order {order.id}", f"total {order.total}, but its lines cost {cost}"


def an_orders_payment_is_for_that_order(snapshot: Snapshot) -> Findings:
    """The payment has the order's id, customer and total."""
    for order in snapshot.books.orders:
        payment = snapshot.payments.get(order.id)
        expected = (order.customer_id, order.total, order.currency, order.id)
        if payment is not None:
            found = (payment.customer_id, payment.amount, payment.currency, payment.reference)
            if found != expected:
                yield f"order {order.id}", f"its payment is {found}, expected {expected}"


def an_orders_payment_events_match_its_payment(snapshot: Snapshot) -> Findings:
    """An order records PaymentReceived or PaymentCanceled only if its payment did.

    For PaymentCanceled this holds once the order is over.
    """
    for order in snapshot.books.orders:
        recorded = snapshot.types(f"order/{order.id}")
        happened = snapshot.types(f"payment/{order.id}")
        if "PaymentReceived" in recorded and "PaymentReceived" not in happened:
            yield f"order {order.id}", "records PaymentReceived, which its payment does not"
        # A payment that was ended by force before its first step has no events.
        is_comparable = order.is_over and bool(happened)
        if is_comparable and "PaymentCanceled" in recorded and "PaymentCanceled" not in happened:
            yield f"order {order.id}", "records PaymentCanceled, which its payment does not"


def every_unfulfilled_order_nets_to_zero(snapshot: Snapshot) -> Findings:
    """The ledger, the card provider and the carrier keep nothing of it that is not owed."""
    for order in snapshot.books.orders:
        if order.status == "not_fulfilled":
            left = {
                "on our account": _withdrawn(snapshot, order),
                "with the card provider": _with_the_provider(snapshot, order),
                "with the carrier": _booked(snapshot, order),
            }
            remaining = {where: what for where, what in left.items() if what}
            if remaining:
                yield f"order {order.id}", f"not fulfilled, but this is left: {remaining}"


def _withdrawn(snapshot: Snapshot, order: Order) -> int:
    taken = snapshot.transfers.get(f"payment:{order.id}:withdraw")
    return (taken.amount if taken else 0) - snapshot.credited.get(order.id, 0)


def _with_the_provider(snapshot: Snapshot, order: Order) -> int:
    """Without what the provider did not refund, and what it still has to."""
    refunds = snapshot.payment_refunds.get(order.id, ())
    owed = sum(one.to_card for one in refunds if one.is_owed or one.status == "settled_outside")
    under_way = sum(one.to_card for one in refunds if one.is_under_way)
    left = snapshot.held_of(order.id) - owed
    return 0 if 0 <= left <= under_way else left


def _booked(snapshot: Snapshot, order: Order) -> list[str]:
    consignments = snapshot.consignments_by_order.get(order.id, ())
    return [consignment.id for consignment in consignments if consignment.status == "booked"]
