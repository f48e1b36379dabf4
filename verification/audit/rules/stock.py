"""Goods: every piece that was supplied is in stock, reserved for an order, or shipped."""

from collections import Counter, defaultdict

from verification.audit.rows import Order
from verification.audit.snapshot import World
from verification.audit.violation import Findings


def no_stock_is_negative(world: World) -> Findings:
    """Nothing is sold that is not there."""
    for product in world.books.products:
        if product.stock < 0:
            yield f"product {product.sku}", f"{product.stock} in stock"


def no_piece_is_lost_or_made(world: World) -> Findings:
    """What was ever supplied is in stock, reserved or shipped."""
    taken: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for reservation in world.books.reservations:
        taken[reservation.sku][reservation.status] += reservation.quantity
    for product in world.books.products:
        reserved, shipped = taken[product.sku]["reserved"], taken[product.sku]["shipped"]
        if product.supplied != product.stock + reserved + shipped:
            parts = f"{product.stock} in stock, {reserved} reserved, {shipped} shipped"
            yield f"product {product.sku}", f"{product.supplied} supplied, but {parts}"


def reservations_are_what_was_fetched(world: World) -> Findings:
    """An order that fetched its goods has all its lines reserved once; others have nothing."""
    for order_id in world.reservations.keys() - world.orders.keys():
        yield f"order {order_id}", "reservations of an order that is not there"
    for order in world.books.orders:
        fetched = "GoodsFetched" in world.types(f"order/{order.id}")
        wanted = _wanted(order) if fetched else {}
        taken = {one.sku: one.quantity for one in world.reservations.get(order.id, ())}
        if taken != wanted:
            yield f"order {order.id}", f"took {taken}, but fetched {wanted}"


def no_reservation_outlives_its_order(world: World) -> Findings:
    """When an order ends its goods are shipped or, if it came to nothing, in stock again."""
    for order in world.books.orders:
        if order.is_over:
            expected = "shipped" if order.status == "fulfilled" else "returned"
            yield from _elsewhere(world, order, expected)


def reservations_are_where_the_events_left_them(world: World) -> Findings:
    """While an order goes on: reserved, until they are shipped or returned."""
    for order in world.books.orders:
        if not order.is_over:
            types = world.types(f"order/{order.id}")
            shipped = "shipped" if "GoodsShipped" in types else "reserved"
            yield from _elsewhere(world, order, "returned" if "GoodsReturned" in types else shipped)


def _elsewhere(world: World, order: Order, expected: str) -> Findings:
    for reservation in world.reservations.get(order.id, ()):
        if reservation.status != expected:
            pieces = f"{reservation.quantity} x {reservation.sku}"
            found = f"{order.status}, but {pieces} {reservation.status} and not {expected}"
            yield f"order {order.id}", found


def _wanted(order: Order) -> dict[str, int]:
    wanted: Counter[str] = Counter()
    for line in order.lines:
        wanted[line.sku] += line.quantity
    return dict(wanted)
