"""Backups are restored while orders are undone and payments given back, as docs/restore.md says.

What was given back since the backup was given back for good, and is never given back again.
"""

import pytest

from clients import calls
from tests.support.audits import assert_consistent
from tests.support.processes import eventually
from tests.support.restore_drill import Drill
from tests.support.shop import Shop

pytestmark = [pytest.mark.proof, pytest.mark.timeout(900)]

REFUNDS = "/v1/refunds"


def refund(shop: Shop, payment: str, amount: int, reference: str) -> None:
    """Request it as an operator."""
    shop.api.send(calls.refund_payment(payment, amount, reference))


def await_refunded(shop: Shop, payment: str, amount: int) -> None:
    """Wait until so many cents are given back, and nothing more is under way."""

    def is_refunded() -> bool:
        seen = shop.see_payment(payment)
        return (seen["refunded"], seen["status"]) == (amount, "received")

    eventually(is_refunded, f"{amount} of {payment} refunded", shop.timeout_seconds)


def paid_but_not_shipped(shop: Shop, customer: str, sku: str) -> str:
    """An order whose carrier is down."""
    order = shop.order(customer, sku)
    shop.await_order(order, "shipping")
    return order


def cancel(shop: Shop, order: str) -> None:
    """As the customer; what is done for it can't be undone yet."""
    shop.api.send(calls.cancel_order(order))
    shop.await_order(order, "canceling")


def assert_undone(shop: Shop, order: str) -> None:
    """Paid once, given back once, and nothing is on its way."""
    assert shop.await_order(order)["status"] == "not_fulfilled"
    assert (shop.captured(order), shop.refunded(order)) == ([2500], [2500])
    assert all(one["status"] == "recalled" for one in shop.shipments(order))


def test_refunds_since_the_backup_of_ours(drill: Drill) -> None:
    """One that had succeeded, one of a payment that is unknown, one that is not requested yet."""
    shop = drill.shop
    customer, sku = shop.customer("pm_card_visa"), shop.product(stock=10)
    payment = shop.payment(customer, 700)
    shop.await_payment(payment, "received")
    drill.ours.take()
    refund(shop, payment, 300, "return-1")
    await_refunded(shop, payment, 300)
    order = shop.order(customer, sku)
    shop.await_order(order, "fulfilled")
    refund(shop, order, 500, "return-2")
    await_refunded(shop, order, 500)
    shop.cards.fault("down", only=REFUNDS)
    refund(shop, payment, 150, "return-3")

    drill.stop()
    drill.ours.restore()

    assert drill.audit() >= {
        "every_refund_at_the_provider_is_in_the_books",
        "the_provider_holds_what_the_books_say",
    }
    said = drill.carry_on()
    assert {
        f"reset refund/{payment}/return-1, which has no row",
        f"reset refund/{payment}/return-3, which has no row",
        f"reset refund/{order}/return-2, which has no row",
    } <= set(said)
    for id, amount in ((payment, 450), (order, 500)):
        await_refunded(shop, id, amount)
    refund(shop, payment, 300, "return-1")
    refund(shop, order, 500, "return-2")
    assert sorted(shop.refunded(payment)) == [150, 300]
    assert shop.refunded(order) == [500]
    assert drill.restored("--again") == []
    assert_consistent(drill.stack)


@pytest.mark.parametrize("drill", ["sqlite"], indirect=True)
def test_refunds_since_the_backup_of_both(drill: Drill) -> None:
    """The operator who repeats one, by its reference, gets what the card provider has of it."""
    shop = drill.shop
    payment = shop.payment(shop.customer("pm_card_visa"), 700)
    shop.await_payment(payment, "received")
    for backup in (drill.ours, drill.temporals):
        backup.take()
    refund(shop, payment, 300, "return-1")
    await_refunded(shop, payment, 300)

    drill.stop()
    drill.ours.restore()
    drill.restore_temporals()

    assert "every_refund_at_the_provider_is_in_the_books" in drill.audit()
    assert drill.carry_on() == []
    refund(shop, payment, 300, "return-1")
    await_refunded(shop, payment, 300)
    assert shop.refunded(payment) == [300]
    assert_consistent(drill.stack)


def test_ours_is_of_a_time_when_orders_were_canceled(drill: Drill) -> None:
    """Or were canceled since, after they were paid; their undoing has ended or not."""
    shop = drill.shop
    sku = shop.product(stock=10)
    paying, failing = shop.customer("pm_card_visa"), shop.customer("pm_card_chargeDeclined")
    unpaid = shop.order(failing, sku)
    shop.await_payment(unpaid, "awaiting_card")
    shop.carrier.fault("down")
    canceling = paid_but_not_shipped(shop, paying, sku)
    cancel(shop, canceling)
    drill.ours.take()
    shop.put(f"/payments/{unpaid}/card", payment_method="pm_card_visa")
    shop.await_order(unpaid, "shipping")
    late = paid_but_not_shipped(shop, paying, sku)
    for order in (unpaid, late):
        cancel(shop, order)
    shop.carrier.clear_faults()
    for order in (canceling, unpaid, late):
        assert_undone(shop, order)
    shop.cards.fault("down", only=REFUNDS)
    shop.carrier.fault("down")
    last = paid_but_not_shipped(shop, paying, sku)
    cancel(shop, last)

    drill.stop()
    drill.ours.restore()

    assert "every_open_order_has_a_running_workflow" in drill.audit()
    drill.carry_on()
    for order in (canceling, unpaid, late, last):
        assert_undone(shop, order)
    eventually(lambda: drill.restored("--again") == [], "nothing left to move", 60)
    assert shop.stock(sku) == 10
    assert_consistent(drill.stack)


@pytest.mark.parametrize("drill", ["sqlite"], indirect=True)
def test_temporals_is_of_a_time_before_orders_were_canceled(drill: Drill) -> None:
    """By the customer, or for want of goods; Temporal knows them as going on, or not at all."""
    shop = drill.shop
    sku, sold_out = shop.product(stock=10), shop.product(stock=0)
    customer = shop.customer("pm_card_visa")
    shop.carrier.fault("down")
    known = paid_but_not_shipped(shop, customer, sku)
    drill.temporals.take()
    late = paid_but_not_shipped(shop, customer, sku)
    shop.cards.fault("down", only=REFUNDS)
    unavailable = shop.order(customer, sold_out)
    shop.await_order(unavailable, "canceling")
    for order in (known, late):
        cancel(shop, order)

    drill.stop()
    drill.restore_temporals()

    assert "every_open_order_has_a_running_workflow" in drill.audit()
    assert sorted(drill.carry_on()) == sorted(
        [
            f"reset order/{known}, canceling",
            f"started order {late}, canceling",
            f"started order {unavailable}, canceling",
        ]
    )
    for order in (known, late, unavailable):
        assert_undone(shop, order)
    assert shop.see_order(unavailable)["reason"] == "goods_unavailable"
    assert shop.stock(sku) == 10
    assert_consistent(drill.stack)
