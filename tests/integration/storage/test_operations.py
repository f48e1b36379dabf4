"""What operators see, and the statement behind it, which is run once more as it is written."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from domain.events import (
    AmountWithdrawn,
    CreditCardCharged,
    CreditCardDetailsUpdated,
    CreditCardFailed,
    OrderFulfilled,
    PaymentCanceled,
    PaymentReceived,
)
from domain.payment import PaymentEvent
from domain.statuses import PaymentStatus
from domain.waiting_period import PaymentTerms
from storage import operations, orders, payments
from storage.database import Database
from storage.operations import QueryResult
from tests.support.examples import NOON, add_customer, later, order, payment

FAILED = CreditCardFailed(at=NOON, code="card_declined", message="No; it can't.")


@pytest.fixture
def shop(database: Database) -> Database:
    """Kermit is a customer."""
    with database.write() as tx:
        add_customer(tx)
    return database


def request(database: Database, id: str, *happened: PaymentEvent, days: int = 14) -> None:
    """A payment of 25.00 to which all that has happened, and which waits for so many days."""
    terms = PaymentTerms(waiting_time=timedelta(days=days))
    with database.write() as tx:
        payments.request(tx, payment(id, terms=terms))
        for number, event in enumerate(happened):
            payments.record(tx, id, event, number=number)


def escaped(query: str) -> str:
    """Without names of parameters."""
    return query.replace(":", "\\:")


def rows(found: QueryResult, database: Database) -> list[dict[str, Any]]:
    """Those found; the written statement finds as many."""
    with database.read() as tx:
        assert len(tx.execute(text(escaped(found.query))).all()) == len(found.rows)
    return [dict(row) for row in found.rows]


def test_orders_by_status(shop: Database) -> None:
    with shop.write() as tx:
        for number in range(3):
            orders.place(tx, order(f"o-{number}", placed_at=later(hours=number)))
        orders.record(tx, "o-0", PaymentReceived(at=NOON))
        orders.record(tx, "o-0", OrderFulfilled(at=later(hours=9)))
    with shop.read() as tx:
        found = operations.orders_by_status(tx)
    assert sorted(rows(found, shop), key=lambda row: row["status"]) == [
        {"status": "awaiting_payment", "orders": 2, "oldest": later(hours=1)},
        {"status": "fulfilled", "orders": 1, "oldest": NOON},
    ]


def test_money_that_is_not_there_yet(shop: Database) -> None:
    with shop.read() as tx:
        assert rows(operations.outstanding(tx), shop) == [{"payments": 0, "amount": 0}]
    request(shop, "o-1", AmountWithdrawn(at=NOON, amount=500), FAILED)
    request(shop, "o-2")
    request(shop, "o-3", PaymentReceived(at=NOON))
    request(shop, "o-4", FAILED, PaymentCanceled(at=NOON))
    with shop.read() as tx:
        assert rows(operations.outstanding(tx), shop) == [{"payments": 2, "amount": 4500}]


def test_what_became_of_payments_whose_card_was_declined(shop: Database) -> None:
    again = (
        CreditCardDetailsUpdated(at=NOON),
        CreditCardCharged(at=NOON, amount=2500),
        PaymentReceived(at=NOON),
    )
    request(shop, "o-1", FAILED, *again)
    request(shop, "o-2", FAILED, *again)
    request(shop, "o-3", FAILED, PaymentCanceled(at=NOON))
    request(shop, "o-4", FAILED)
    request(shop, "o-5", PaymentReceived(at=NOON))
    with shop.read() as tx:
        found = operations.declined(tx)
    assert {row["status"]: row["payments"] for row in rows(found, shop)} == {
        "received": 2,
        "canceled": 1,
        "awaiting_card": 1,
    }


def test_orders_by_minute(shop: Database) -> None:
    with shop.write() as tx:
        for number, seconds in enumerate((-1, 0, 59, 60, 240)):
            orders.place(tx, order(f"o-{number}", placed_at=later(seconds=seconds)))
    with shop.read() as tx:
        found = operations.orders_by_minute(tx, NOON)
    assert [
        (datetime.fromtimestamp(row["minute"], UTC), row["orders"]) for row in rows(found, shop)
    ] == [(NOON, 2), (later(minutes=1), 1), (later(minutes=4), 1)]


def test_who_is_canceled_next_comes_first(shop: Database) -> None:
    for id, days in (("o-1", 14), ("o-2", 3), ("o-3", 14), ("o-4", 5)):
        request(shop, id, FAILED, days=days)
    request(shop, "o-5", FAILED, PaymentCanceled(at=NOON), days=1)
    with shop.read() as tx:
        first = operations.waiting_for_a_card(tx, 3, None).payments
        assert [one.id for one in first] == ["o-2", "o-4", "o-1"]
        assert [one.deadline for one in first] == [later(days=n) for n in (3, 5, 14)]
        assert {one.status for one in first} == {PaymentStatus.AWAITING_CARD}
        behind = (later(days=14), "o-1")
        rest = operations.waiting_for_a_card(tx, 3, behind)
        assert [one.id for one in rest.payments] == ["o-3"]
        assert "o-1" in rest.query


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_none_of_it_looks_at_every_row(shop: Database) -> None:
    """An index serves the queries, whatever the number of orders and payments."""
    with shop.read() as tx:
        queries = [
            operations.orders_by_status(tx).query,
            operations.outstanding(tx).query,
            operations.declined(tx).query,
            operations.orders_by_minute(tx, NOON).query,
            operations.mails_parked(tx, 3).query,
            operations.waiting_for_a_card(tx, 3, (NOON, "o-1")).query,
        ]
        plans = [
            [row.detail for row in tx.execute(text(f"EXPLAIN QUERY PLAN {escaped(query)}"))]
            for query in queries
        ]
    for plan in plans:
        assert all(
            any(part in step for part in ("INDEX", "TEMP B-TREE", "SCALAR SUBQUERY"))
            for step in plan
        ), plan
    assert "TEMP B-TREE" not in str(plans[-1])  # the last one has to be in order already
