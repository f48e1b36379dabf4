"""Products and their stock. Reserved pieces are taken out of `stock` until they are returned.

`supplied` counts all pieces ever put into stock: always the sum of those in stock, reserved and
shipped.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from enum import StrEnum

from sqlalchemy import Connection, insert, select, update

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


def find(tx: Connection, sku: str) -> Product:
    """The product; raises `NotFoundError`."""
    row = (
        tx.execute(select(tables.products).where(tables.products.c.sku == sku))
        .mappings()
        .one_or_none()
    )
    if row is None:
        raise NotFoundError("product", sku)
    return Product.model_validate(row)


def find_all(tx: Connection) -> list[Product]:
    """All products by sku."""
    rows = tx.execute(select(tables.products).order_by(tables.products.c.sku)).mappings()
    return [Product.model_validate(row) for row in rows]


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
        insert(tables.reservations),
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


def _lock_stock(tx: Connection, skus: Iterable[str]) -> dict[str, int]:
    """The pieces in stock, locked until the transaction ends.

    Locks in the order of the skus, so that two orders of the same products never deadlock.
    """
    products = tables.products
    rows = tx.execute(
        select(products.c.sku, products.c.stock)
        .where(products.c.sku.in_(skus))
        .order_by(products.c.sku)
        .with_for_update(key_share=True)
    )
    return {row.sku: row.stock for row in rows}


def _change_stock(tx: Connection, sku: str, pieces: int) -> None:
    products = tables.products
    tx.execute(
        update(products).where(products.c.sku == sku).values(stock=products.c.stock + pieces)
    )


def _is_reserved(tx: Connection, order_id: str) -> bool:
    reservations = tables.reservations
    statement = select(reservations.c.sku).where(reservations.c.order_id == order_id)
    return tx.execute(statement).first() is not None


def _move(
    tx: Connection, order_id: str, *origins: ReservationStatus, to: ReservationStatus
) -> list[tuple[str, int]]:
    """Change the status of the order's pieces; return the skus and pieces changed, by sku."""
    reservations = tables.reservations
    moved = tx.execute(
        update(reservations)
        .where(reservations.c.order_id == order_id, reservations.c.status.in_(origins))
        .values(status=to)
        .returning(reservations.c.sku, reservations.c.quantity)
    )
    return sorted((row.sku, row.quantity) for row in moved)
