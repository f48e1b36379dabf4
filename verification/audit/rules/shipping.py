"""The carrier's records, against ours."""

from collections import Counter

from verification.audit.records import Consignment, Parcel
from verification.audit.rows import Order
from verification.audit.snapshot import World
from verification.audit.violation import Findings


def the_carrier_has_what_we_shipped(world: World) -> Findings:
    """Every shipment of ours is with the carrier, of the same goods and in the same state."""
    for order in world.books.orders:
        if order.shipment is None:
            continue
        ours = (order.shipment.id, order.shipment.tracking_number, order.shipment.status)
        theirs = [(c.id, c.tracking_number, c.status) for c in _of(world, order)]
        if ours not in theirs and not world.is_under_way(f"order/{order.id}", "recall_shipment"):
            yield f"order {order.id}", f"shipment {ours}, but the carrier has {theirs}"


def the_carrier_has_nothing_else(world: World) -> Findings:
    """One shipment at the most for each order of ours that shipped its goods."""
    for order_id, consignments in world.consignments_by_order.items():
        order = world.orders.get(order_id)
        if len(consignments) > 1:
            yield f"order {order_id}", f"has {len(consignments)} shipments with the carrier"
        shipped = order is not None and order.shipment is not None
        if not shipped and not world.is_under_way(f"order/{order_id}", "ship_goods"):
            status = order.status if order else "unknown"
            yield f"order {order_id}", f"is {status}, but the carrier has {consignments[0].id}"


def what_is_shipped_was_ordered(world: World) -> Findings:
    """The carrier brings the order's lines to its customer."""
    for order in world.books.orders:
        wanted = (order.customer_id, Counter(Parcel(one.sku, one.quantity) for one in order.lines))
        for consignment in _of(world, order):
            carried = (consignment.customer, Counter(consignment.lines))
            if carried != wanted:
                found = f"the carrier has {_written(*carried)}, ordered was {_written(*wanted)}"
                yield f"order {order.id}", found


def what_is_shipped_is_paid(world: World) -> Findings:
    """Or is recalled; only an order charged later, and not ended yet, may still wait for money.

    What somebody gave back by hand was paid before.
    """
    for order in world.books.orders:
        if not any(consignment.status == "booked" for consignment in _of(world, order)):
            continue
        if order.policy == "charge_later" and not order.is_over:
            continue
        payment = world.payments.get(order.id)
        held = payment.withdrawn + payment.charged if payment else 0
        by_hand = _given_back_by_hand(world, order)
        paid = {"received", "refunded"} if by_hand else {"received"}
        if payment is None or payment.status not in paid or held + by_hand != order.total:
            status = payment.status if payment else "not requested"
            found = f"shipped for {order.total}, but its payment is {status} and holds {held}"
            yield f"order {order.id}", found


def _given_back_by_hand(world: World, order: Order) -> int:
    stream = world.events.get(f"payment/{order.id}", ())
    return sum(event.data["amount"] for event in stream if event.data.get("by_hand"))


def _of(world: World, order: Order) -> list[Consignment]:
    return list(world.consignments_by_order.get(order.id, ()))


def _written(customer: str, parcels: Counter[Parcel]) -> str:
    lines = (f"{count * parcel.quantity} x {parcel.sku}" for parcel, count in parcels.items())
    return f"{', '.join(lines)} for {customer}"
