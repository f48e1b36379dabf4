"""The inventory: real stock, never below zero, and nothing taken or given back twice."""

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from api.schemas.requests import MAX_PIECES
from domain.errors import GoodsUnavailableError, NotFoundError
from domain.order import OrderLine
from storage import inventory, tables
from storage.database import Database
from tests.support.examples import add_product, line, product
from tests.support.races import Effect, at_once, overlapping


@pytest.fixture
def shop(database: Database) -> Database:
    """Ten pond lilies and one tea cup."""
    with database.write() as tx:
        add_product(tx, "pond-lily", 10)
        add_product(tx, "tea-cup", 1)
    return database


def stock(database: Database) -> dict[str, int]:
    """The pieces of each product that can be sold."""
    with database.read() as tx:
        return {found.sku: found.stock for found in inventory.find_all(tx)}


def reserve(order_id: str, *lines: OrderLine) -> Effect[None]:
    """The order fetches its goods."""
    return lambda tx: inventory.reserve(tx, order_id, lines)


def test_a_product_is_new_once_and_changed_then(database: Database) -> None:
    with database.write() as tx:
        assert inventory.put(tx, product(stock=3))
    changed = product(stock=4, price=1999)
    with database.write() as tx:
        assert not inventory.put(tx, changed)
    with database.read() as tx:
        assert inventory.find(tx, "pond-lily") == changed


def test_of_two_putting_a_product_at_once_the_later_sets_it(database: Database) -> None:
    done = overlapping(
        database,
        lambda tx: inventory.put(tx, product(stock=3)),
        lambda tx: inventory.put(tx, product(stock=4)),
    )
    assert done == (True, False)
    assert stock(database) == {"pond-lily": 4}


def test_pieces_can_be_returned_to_a_full_stock(database: Database) -> None:
    """As often as the stock is filled up: each order had taken all of it."""
    full = product(stock=MAX_PIECES)
    orders = ["one", "two", "three"]
    for order_id in orders:
        with database.write() as tx:
            inventory.put(tx, full)
            inventory.reserve(tx, order_id, [line("pond-lily", MAX_PIECES)])
    with database.write() as tx:
        inventory.put(tx, full)
    for order_id in orders:
        with database.write() as tx:
            inventory.give_back(tx, order_id)
    assert stock(database) == {"pond-lily": 4 * MAX_PIECES}


def test_a_stock_beyond_32_bits_is_sold_and_set(database: Database) -> None:
    with database.write() as tx:
        inventory.put(tx, product(stock=2**31 - 1))
        inventory.reserve(tx, "one", [line("pond-lily", 1)])
        inventory.put(tx, product(stock=2**31 - 1))
    with database.write() as tx:
        inventory.give_back(tx, "one")
    assert stock(database) == {"pond-lily": 2**31}
    with database.write() as tx:
        inventory.reserve(tx, "two", [line("pond-lily", MAX_PIECES)])
        inventory.put(tx, product(stock=7))
    assert stock(database) == {"pond-lily": 7}


def test_an_unknown_product_is_not_found(database: Database) -> None:
    with database.read() as tx, pytest.raises(NotFoundError, match="moon"):
        inventory.find(tx, "moon")


def test_reserved_pieces_leave_the_stock_once(shop: Database) -> None:
    for _ in range(2):
        with shop.write() as tx:
            reserve("o-1", line("pond-lily", 3), line("tea-cup"))(tx)
    assert stock(shop) == {"pond-lily": 7, "tea-cup": 0}


def test_two_lines_of_one_product_count_together(shop: Database) -> None:
    with shop.write() as tx:
        reserve("o-1", line("pond-lily", 3), line("pond-lily", 4))(tx)
    assert stock(shop)["pond-lily"] == 3
    with shop.write() as tx, pytest.raises(GoodsUnavailableError):
        reserve("o-2", line("pond-lily", 2), line("pond-lily", 2))(tx)


@pytest.mark.parametrize("sku", ["tea-cup", "moon"])
def test_what_is_short_is_named_and_nothing_is_taken(shop: Database, sku: str) -> None:
    with shop.write() as tx, pytest.raises(GoodsUnavailableError) as short:
        reserve("o-1", line("pond-lily", 3), line(sku, 2))(tx)
    assert short.value.sku == sku
    assert stock(shop) == {"pond-lily": 10, "tea-cup": 1}


def test_the_database_itself_refuses_a_stock_below_zero(shop: Database) -> None:
    with pytest.raises(IntegrityError), shop.write() as tx:
        tx.execute(update(tables.products).values(stock=-1))


def test_of_two_orders_racing_for_the_last_piece_one_wins(shop: Database) -> None:
    with pytest.raises(GoodsUnavailableError):
        overlapping(shop, reserve("o-1", line("tea-cup")), reserve("o-2", line("tea-cup")))
    assert stock(shop)["tea-cup"] == 0
    with shop.write() as tx:
        inventory.give_back(tx, "o-2")
        assert inventory.find(tx, "tea-cup").stock == 0
        inventory.give_back(tx, "o-1")
        assert inventory.find(tx, "tea-cup").stock == 1


def test_of_many_orders_racing_as_many_win_as_there_are_pieces(shop: Database) -> None:
    def fetch(number: int) -> bool:
        # With the lines in both orders: a deadlock would fail the test.
        lines = [line("pond-lily"), line("tea-cup")] if number == 0 else [line("pond-lily")]
        try:
            with shop.write() as tx:
                inventory.reserve(tx, f"o-{number}", lines)
        except GoodsUnavailableError:
            return False
        return True

    assert at_once(16, fetch).count(True) == 10
    assert stock(shop)["pond-lily"] == 0


def test_one_order_reserving_twice_at_once_takes_its_pieces_once(shop: Database) -> None:
    overlapping(shop, reserve("o-1", line("pond-lily", 3)))
    assert stock(shop)["pond-lily"] == 7


def supplied(database: Database, sku: str) -> int:
    """The pieces of the product that were ever put into stock."""
    products = tables.products
    with database.read() as tx:
        return tx.execute(select(products.c.supplied).where(products.c.sku == sku)).scalar_one()


def test_what_was_supplied_is_what_was_put_into_stock(shop: Database) -> None:
    with shop.write() as tx:
        reserve("o-1", line("pond-lily", 3))(tx)
        inventory.put(tx, product(stock=12))  # five more than were left
        reserve("o-2", line("pond-lily", 4))(tx)
        inventory.ship(tx, "o-2")
        inventory.give_back(tx, "o-1")
        assert inventory.find(tx, "pond-lily").stock == 11
    assert supplied(shop, "pond-lily") == 15


def test_putting_a_product_while_another_order_fetches_it_loses_no_piece(shop: Database) -> None:
    def put_or_fetch(number: int) -> None:
        with shop.write() as tx:
            if number % 2:
                inventory.put(tx, product(stock=100 + number))
            else:
                inventory.reserve(tx, f"o-{number}", [line("pond-lily")])

    at_once(16, put_or_fetch)
    assert supplied(shop, "pond-lily") == stock(shop)["pond-lily"] + 8


@pytest.mark.parametrize("shipped", [False, True])
def test_pieces_come_back_once(shop: Database, *, shipped: bool) -> None:
    with shop.write() as tx:
        reserve("o-1", line("pond-lily", 3))(tx)
        if shipped:
            inventory.ship(tx, "o-1")
    assert stock(shop)["pond-lily"] == 7
    for _ in range(2):
        with shop.write() as tx:
            inventory.give_back(tx, "o-1")
        assert stock(shop)["pond-lily"] == 10


def test_pieces_given_back_twice_at_once_come_back_once(shop: Database) -> None:
    with shop.write() as tx:
        reserve("o-1", line("pond-lily", 3))(tx)
    overlapping(shop, lambda tx: inventory.give_back(tx, "o-1"))
    assert stock(shop)["pond-lily"] == 10


def test_pieces_that_came_back_are_not_shipped_any_more(shop: Database) -> None:
    with shop.write() as tx:
        reserve("o-1", line("pond-lily", 3))(tx)
        inventory.give_back(tx, "o-1")
        inventory.ship(tx, "o-1")
        inventory.give_back(tx, "o-1")
    assert stock(shop)["pond-lily"] == 10
