"""What operators see, and the statement behind it, which is run once more as it is written."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event, text

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
from storage import disputes, operations, orders, payments
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


def plan_of(database: Database, query: Callable[[Connection], object]) -> str:
    """How the database finds the rows of the statement that `query` executes."""
    executed: list[tuple[str, Any]] = []

    def keep(*call: Any) -> None:
        executed.append((call[2], call[3]))

    with database.read() as tx:
        event.listen(tx, "before_cursor_execute", keep)
        query(tx)
    statement, parameters = executed[-1]  # the first one begins the transaction
    with database.write() as tx:
        if not database.is_sqlite:
            # So few rows are read as fast without an index: only if none can be used, they are.
            tx.execute(text("SET LOCAL enable_seqscan = off"))
        explain = "EXPLAIN QUERY PLAN" if database.is_sqlite else "EXPLAIN"
        rows = tx.exec_driver_sql(f"{explain} {statement}", parameters).all()
    return "\n".join(str(row[-1]) for row in rows)


FOUND_BY: dict[str, tuple[str, Callable[[Connection], object]]] = {
    "orders_by_status": ("ix_orders_status_placed_at", operations.orders_by_status),
    "outstanding": ("ix_payments_status_deadline_id", operations.outstanding),
    "declined": ("ix_payments_declined", operations.declined),
    "refunds_owed": ("ix_refunds_status_requested_at", lambda tx: operations.refunds_owed(tx, 3)),
    "mails_parked": ("ix_mails_refused_at", lambda tx: operations.mails_parked(tx, 3)),
    "orders_by_minute": (
        "ix_orders_placed_at_id",
        lambda tx: operations.orders_by_minute(tx, NOON),
    ),
    "open_disputes": ("ix_disputes_open", lambda tx: operations.open_disputes(tx, 3)),
    "open_by_kind": ("ix_disputes_open", disputes.open_by_kind),
    "waiting_for_a_card": (
        "ix_payments_status_deadline_id",
        lambda tx: operations.waiting_for_a_card(tx, 3, (NOON, "o-1")),
    ),
}
"""For each query the index that its rows are found by, and what executes it."""


@pytest.mark.parametrize("name", FOUND_BY)
def test_an_index_finds_the_rows_of_each_metric(shop: Database, name: str) -> None:
    index, query = FOUND_BY[name]
    plan = plan_of(shop, query)
    assert index in plan, plan
    assert "Seq Scan" not in plan, plan
    sorts = "TEMP B-TREE" if shop.is_sqlite else "Sort"
    assert name != "waiting_for_a_card" or sorts not in plan, plan
