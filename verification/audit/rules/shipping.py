"""Compares the carrier's records with ours."""

from collections import Counter

from verification.audit.records import Consignment, Parcel
from verification.audit.rows import Order
from verification.audit.snapshot import Snapshot
from verification.audit.violation import Findings


def the_carrier_has_what_we_shipped(snapshot: Snapshot) -> Findings:
    """Every shipment of ours is in the carrier's records, in the same status."""
    for order in snapshot.books.orders:
        if order.shipment is None:
            continue
        ours = (order.shipment.id, order.shipment.tracking_number, order.shipment.status)
        theirs = [(c.id, c.tracking_number, c.status) for c in _of(snapshot, order)]
        if ours not in theirs and not snapshot.is_under_way(f"order/{order.id}", "recall_shipment"):
            yield f"order {order.id}", f"shipment {ours}, but the carrier has {theirs}"


def the_carrier_has_nothing_else(snapshot: Snapshot) -> Findings:
    """At most one shipment for each order that shipped its goods."""
    for order_id, consignments in snapshot.consignments_by_order.items():
        order = snapshot.orders.get(order_id)
        if len(consignments) > 1:
            yield f"order {order_id}", f"has {len(consignments)} shipments with the carrier"
        shipped = order is not None and order.shipment is not None
        if not shipped and not snapshot.is_under_way(f"order/{order_id}", "ship_goods"):
            status = order.status if order else "unknown"
            yield f"order {order_id}", f"is {status}, but the carrier has {consignments[0].id}"


def every_shipment_matches_its_order(snapshot: Snapshot) -> Findings:
    """The carrier delivers the order's lines to its customer."""
    for order in snapshot.books.orders:
        wanted = (order.customer_id, Counter(Parcel(one.sku, one.quantity) for one in order.lines))
        for consignment in _of(snapshot, order):
            carried = (consignment.customer, Counter(consignment.lines))
            if carried != wanted:
                found = f"the carrier has {_written(*carried)}, ordered was {_written(*wanted)}"
                yield f"order {order.id}", found


def every_shipment_is_paid_for(snapshot: Snapshot) -> Findings:
    """Or recalled; only an open order that ships before it is paid may still be unpaid.

    What was refunded in the provider's dashboard or by an operator counts as paid.
    """
    for order in snapshot.books.orders:
        if not any(consignment.status == "booked" for consignment in _of(snapshot, order)):
            continue
        if _ships_unpaid(order) and not order.is_over:
            continue
        payment = snapshot.payments.get(order.id)
        held = payment.withdrawn + payment.charged if payment else 0
        given_back = _given_back_by_somebody(snapshot, order)
        refunds = snapshot.payment_refunds.get(order.id, ())
        paid = {"received"} | ({"refunded"} if given_back else set[str]())
        paid |= {"refunding"} if any(one.reason == "operator" for one in refunds) else set[str]()
        if payment is None or payment.status not in paid or held + given_back != order.total:
            status = payment.status if payment else "not requested"
            found = f"shipped for {order.total}, but its payment is {status} and holds {held}"
            yield f"order {order.id}", found


def _ships_unpaid(order: Order) -> bool:
    if order.steps is None:
        return order.policy == "charge_later"
    return order.steps.index("shipment") < order.steps.index("payment")


def _given_back_by_somebody(snapshot: Snapshot, order: Order) -> int:
    stream = snapshot.events.get(f"payment/{order.id}", ())
    given_back = sum(event.data["amount"] for event in stream if event.data.get("by_hand"))
    refunds = snapshot.payment_refunds.get(order.id, ())
    replacements = {one.replaced_by for one in refunds if one.recorded}
    for refund in refunds:
        if refund.reason == "operator":
            is_recorded = refund.recorded and refund.reference not in replacements
            given_back += refund.to_card * is_recorded + refund.to_account * refund.credited
    return given_back


def _of(snapshot: Snapshot, order: Order) -> list[Consignment]:
    return list(snapshot.consignments_by_order.get(order.id, ()))


def _written(customer: str, parcels: Counter[Parcel]) -> str:
    lines = (f"{count * parcel.quantity} x {parcel.sku}" for parcel, count in parcels.items())
    return f"{', '.join(lines)} for {customer}"
