"""Products and their stock. Reserved pieces have left `stock`; they come back or are shipped."""

from collections.abc import Sequence
from enum import StrEnum

from sqlalchemy import Connection, insert, select, update

from domain.errors import GoodsUnavailableError, NotFoundError
from domain.order import OrderLine
from domain.product import Product
from storage import tables


class ReservationStatus(StrEnum):
    """Where reserved pieces are."""

    RESERVED = "reserved"
    SHIPPED = "shipped"
    RETURNED = "returned"


def put(tx: Connection, product: Product) -> bool:
    """Create the product or set its name, price and stock; True if it is new."""
    products = tables.products
    values = product.model_dump(exclude={"sku"})
    if tx.execute(update(products).where(products.c.sku == product.sku).values(values)).rowcount:
        return False
    tx.execute(insert(products).values(sku=product.sku, **values))
    return True


def find(tx: Connection, sku: str) -> Product:
    """The product; raises `NotFoundError`."""
    row = tx.execute(select(tables.products).where(tables.products.c.sku == sku)).one_or_none()
    if row is None:
        raise NotFoundError("product", sku)
    return Product.model_validate(row._mapping)  # noqa: SLF001 public by documentation


def everything(tx: Connection) -> list[Product]:
    """All products by sku."""
    rows = tx.execute(select(tables.products).order_by(tables.products.c.sku))
    return [Product.model_validate(row._mapping) for row in rows]  # noqa: SLF001 public by documentation


def reserve(tx: Connection, order_id: str, lines: Sequence[OrderLine]) -> None:
    """Take every line's pieces out of stock for the order; again changes nothing.

    Raises `GoodsUnavailableError` naming the first product that is short; the transaction is then
    to be given up, so that nothing stays reserved.
    """
    if _of_order(tx, order_id):
        return
    # By sku, so that two orders wanting the same products never wait for each other in a circle.
    for line in sorted(lines, key=lambda line: line.sku):
        _take(tx, line)
        tx.execute(
            insert(tables.reservations).values(
                order_id=order_id,
                sku=line.sku,
                quantity=line.quantity,
                status=ReservationStatus.RESERVED,
            )
        )


def ship(tx: Connection, order_id: str) -> None:
    """The order's reserved pieces have left the house; again changes nothing."""
    _move(tx, order_id, ReservationStatus.SHIPPED)


def give_back(tx: Connection, order_id: str) -> None:
    """Put the order's pieces back into stock, reserved or shipped; again changes nothing."""
    products = tables.products
    for row in _of_order(tx, order_id):
        if row.status != ReservationStatus.RETURNED:
            tx.execute(
                update(products)
                .where(products.c.sku == row.sku)
                .values(stock=products.c.stock + row.quantity)
            )
    _move(tx, order_id, ReservationStatus.RETURNED)


def _take(tx: Connection, line: OrderLine) -> None:
    products = tables.products
    taken = tx.execute(
        update(products)
        .where(products.c.sku == line.sku, products.c.stock >= line.quantity)
        .values(stock=products.c.stock - line.quantity)
    )
    if taken.rowcount == 0:
        raise GoodsUnavailableError(line.sku)


def _of_order(tx: Connection, order_id: str):
    reservations = tables.reservations
    return tx.execute(
        select(reservations)
        .where(reservations.c.order_id == order_id)
        .order_by(reservations.c.sku)
        .with_for_update()
    ).all()


def _move(tx: Connection, order_id: str, status: ReservationStatus) -> None:
    reservations = tables.reservations
    tx.execute(
        update(reservations).where(reservations.c.order_id == order_id).values(status=status)
    )
