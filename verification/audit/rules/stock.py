"""Goods: every piece that was supplied is in stock, reserved for an order, or shipped."""

from collections import Counter, defaultdict

from verification.audit.rows import Order
from verification.audit.snapshot import Snapshot
from verification.audit.violation import Findings


def no_stock_is_negative(snapshot: Snapshot) -> Findings:
    """Nothing is sold that is not in stock."""
    for product in snapshot.books.products:
        if product.stock < 0:
            yield f"product {product.sku}", f"{product.stock} in stock"


def no_piece_is_lost_or_made(snapshot: Snapshot) -> Findings:
    """All pieces ever supplied are in stock, reserved or shipped."""
    taken: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for reservation in snapshot.books.reservations:
        taken[reservation.sku][reservation.status] += reservation.quantity
    for product in snapshot.books.products:
        reserved, shipped = taken[product.sku]["reserved"], taken[product.sku]["shipped"]
        if product.supplied != product.stock + reserved + shipped:
            parts = f"{product.stock} in stock, {reserved} reserved, {shipped} shipped"
            yield f"product {product.sku}", f"{product.supplied} supplied, but {parts}"


def reservations_match_the_fetched_goods(snapshot: Snapshot) -> Findings:
    """An order that fetched its goods reserved each line once; other orders reserved nothing."""
    for order_id in snapshot.reservations.keys() - snapshot.orders.keys():
        yield f"order {order_id}", "has reservations, but does not exist"
    for order in snapshot.books.orders:
        fetched = "GoodsFetched" in snapshot.types(f"order/{order.id}")
        wanted = _wanted(order) if fetched else {}
        taken = {one.sku: one.quantity for one in snapshot.reservations.get(order.id, ())}
        if taken != wanted:
            yield f"order {order.id}", f"took {taken}, but fetched {wanted}"


def no_reservation_outlives_its_order(snapshot: Snapshot) -> Findings:
    """When an order ends its goods are shipped or, if it was not fulfilled, returned to stock."""
    for order in snapshot.books.orders:
        if order.is_over:
            expected = "shipped" if order.status == "fulfilled" else "returned"
            yield from _not_in_status(snapshot, order, expected)


def reservation_statuses_match_the_events(snapshot: Snapshot) -> Findings:
    """The goods of an open order are reserved until they are shipped or returned."""
    for order in snapshot.books.orders:
        if not order.is_over:
            types = snapshot.types(f"order/{order.id}")
            shipped = "shipped" if "GoodsShipped" in types else "reserved"
            yield from _not_in_status(
                snapshot, order, "returned" if "GoodsReturned" in types else shipped
            )


def _not_in_status(snapshot: Snapshot, order: Order, expected: str) -> Findings:
    for reservation in snapshot.reservations.get(order.id, ()):
        if reservation.status != expected:
            pieces = f"{reservation.quantity} x {reservation.sku}"
            found = f"{order.status}, but {pieces} {reservation.status}, expected {expected}"
            yield f"order {order.id}", found


def _wanted(order: Order) -> dict[str, int]:
    wanted: Counter[str] = Counter()
    for line in order.lines:
        wanted[line.sku] += line.quantity
    return dict(wanted)
