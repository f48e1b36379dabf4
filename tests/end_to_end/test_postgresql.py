"""The same system on PostgreSQL."""

from pathlib import Path

import pytest

from dev.stack.postgresql import PostgresServer
from dev.stack.stack import Stack
from tests.support.audits import assert_as_recorded, assert_consistent
from tests.support.shop import Shop

pytestmark = pytest.mark.proof


def test_orders_end_as_they_must_on_postgresql(postgres: PostgresServer, tmp_path: Path) -> None:
    quick = {"DATABASE_URL": postgres.create_database(), "RETRY_FIRST": "PT0.2S"}
    with Stack(tmp_path, environment=quick) as stack:
        shop = Shop(stack)
        sku = shop.product(stock=3)
        paying, failing = (
            shop.customer("pm_card_visa", balance=500),
            shop.customer("pm_card_chargeDeclined"),
        )
        paid = [
            shop.order(paying, sku, policy=policy) for policy in ("charge_first", "charge_later")
        ]
        unpaid = shop.order(failing, sku, policy="charge_later")
        shop.await_payment(unpaid, "awaiting_card")

        shop.fast_forward(unpaid, days=14)

        for order in paid:
            shop.await_order(order, "fulfilled")
        assert shop.await_order(unpaid)["reason"] == "payment_canceled"
        assert shop.stock(sku) == 1
        assert shop.balance(paying) == 0
        charged = [amount for order in paid for amount in shop.captured(order)]
        assert sorted(charged) == [2000, 2500]
        shop.http.close()
        assert_consistent(stack)
        assert_as_recorded(stack)
