"""Products and their stock. Reserved pieces are taken out of `stock` until they are returned.

`supplied` counts all pieces ever put into stock: always the sum of those in stock, reserved and
shipped.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from enum import StrEnum

from sqlalchemy import Connection, bindparam, insert, select, update

from domain.errors import GoodsUnavailableError, NotFoundError
from domain.order import OrderLine
from domain.product import Product
from storage import tables
from storage.insertion import insert_new


class ReservationStatus(StrEnum):
    """The state of reserved pieces."""

    RESERVED = "reserved"
    SHIPPED = "shipped"
    RETURNED = "returned"


def put(tx: Connection, product: Product) -> bool:
    """Create the product, or set its name, price and stock; True if it is new."""
    products = tables.products
    if insert_new(tx, products, product.model_dump() | {"supplied": product.stock}):
        return True
    values = product.model_dump(exclude={"sku"})
    supplied = products.c.supplied + product.stock - products.c.stock
    tx.execute(
        update(products)
        .where(products.c.sku == product.sku)
        .values(values | {"supplied": supplied})
    )
    return False


_BY_SKU = select(tables.products).where(tables.products.c.sku == bindparam("sku"))


def find(tx: Connection, sku: str) -> Product:
    """The product; raises `NotFoundError`."""
    row = tx.execute(_BY_SKU, {"sku": sku}).mappings().one_or_none()
    if row is None:
        raise NotFoundError("product", sku)
    return Product.model_validate(row)


def find_all(tx: Connection) -> list[Product]:
    """All products by sku."""
    rows = tx.execute(select(tables.products).order_by(tables.products.c.sku)).mappings()
    return [Product.model_validate(row) for row in rows]


_RESERVE = insert(tables.reservations)


def reserve(tx: Connection, order_id: str, lines: Sequence[OrderLine]) -> None:
    """Reserve the pieces of all lines for the order; repeating changes nothing.

    Reserves nothing and raises `GoodsUnavailableError` if a product does not have enough stock.
    """
    wanted: Counter[str] = Counter()
    for line in lines:
        wanted[line.sku] += line.quantity
    stock = _lock_stock(tx, wanted)
    if _is_reserved(tx, order_id):
        return
    for sku, quantity in wanted.items():
        if stock.get(sku, 0) < quantity:
            raise GoodsUnavailableError(sku)
    for sku, quantity in wanted.items():
        _change_stock(tx, sku, -quantity)
    tx.execute(
        _RESERVE,
        [
            {
                "order_id": order_id,
                "sku": sku,
                "quantity": quantity,
                "status": ReservationStatus.RESERVED,
            }
            for sku, quantity in wanted.items()
        ],
    )


def ship(tx: Connection, order_id: str) -> None:
    """Mark the order's reserved pieces as shipped; repeating changes nothing."""
    _move(tx, order_id, ReservationStatus.RESERVED, to=ReservationStatus.SHIPPED)


def give_back(tx: Connection, order_id: str) -> None:
    """Put the order's reserved or shipped pieces back into stock; repeating changes nothing."""
    kept = [ReservationStatus.RESERVED, ReservationStatus.SHIPPED]
    for sku, quantity in _move(tx, order_id, *kept, to=ReservationStatus.RETURNED):
        _change_stock(tx, sku, quantity)


_STOCK = (
    select(tables.products.c.sku, tables.products.c.stock)
    .where(tables.products.c.sku.in_(bindparam("skus", expanding=True)))
    .order_by(tables.products.c.sku)
    .with_for_update(key_share=True)
)


def _lock_stock(tx: Connection, skus: Iterable[str]) -> dict[str, int]:
    """The pieces in stock, locked until the transaction ends.

    Locks in the order of the skus, so that two orders of the same products never deadlock.
    """
    return {row.sku: row.stock for row in tx.execute(_STOCK, {"skus": list(skus)})}


_CHANGE_STOCK = (
    update(tables.products)
    .where(tables.products.c.sku == bindparam("of_sku"))
    .values(stock=tables.products.c.stock + bindparam("pieces"))
)


def _change_stock(tx: Connection, sku: str, pieces: int) -> None:
    tx.execute(_CHANGE_STOCK, {"of_sku": sku, "pieces": pieces})


_RESERVED = select(tables.reservations.c.sku).where(
    tables.reservations.c.order_id == bindparam("order_id")
)


def _is_reserved(tx: Connection, order_id: str) -> bool:
    return tx.execute(_RESERVED, {"order_id": order_id}).first() is not None


_MOVE = (
    update(tables.reservations)
    .where(
        tables.reservations.c.order_id == bindparam("of_order"),
        tables.reservations.c.status.in_(bindparam("origins", expanding=True)),
    )
    .values(status=bindparam("to"))
    .returning(tables.reservations.c.sku, tables.reservations.c.quantity)
)


def _move(
    tx: Connection, order_id: str, *origins: ReservationStatus, to: ReservationStatus
) -> list[tuple[str, int]]:
    """Change the status of the order's pieces; return the skus and pieces changed, by sku."""
    moved = tx.execute(_MOVE, {"of_order": order_id, "origins": origins, "to": to})
    return sorted((row.sku, row.quantity) for row in moved)
