"""Backups are restored, as docs/restore.md says: of our database, of Temporal's, or of both.

What was done since the backup was done for good: cards were charged, goods were shipped. The audit
names what is unknown, and after the runbook's steps everything has ended, once.
"""

import pytest

from clients import calls
from tests.support.audits import assert_consistent
from tests.support.restore_drill import Drill

pytestmark = [pytest.mark.proof, pytest.mark.timeout(900)]


def test_our_database_is_older(drill: Drill) -> None:
    shop = drill.shop
    sku = shop.product(stock=10)
    paying, failing = shop.customer("pm_card_visa"), shop.customer("pm_card_chargeDeclined")
    done, waiting = shop.order(paying, sku), shop.order(failing, sku)
    shop.await_order(done, "fulfilled")
    shop.await_payment(waiting, "awaiting_card")
    drill.ours.take()
    shop.put(f"/payments/{waiting}/card", payment_method="pm_card_visa")
    late, payment = shop.order(paying, sku), shop.payment(paying, 700)
    for order in (late, waiting):
        shop.await_order(order, "fulfilled")
    unpaid = shop.order(failing, sku)
    shop.await_payment(unpaid, "awaiting_card")
    shop.carrier.fault("down")
    paid = shop.order(paying, sku)
    shop.await_order(paid, "shipping")
    shop.await_payment(payment, "received")

    drill.stop()
    drill.ours.restore()

    assert drill.audit() >= {
        "every_started_workflow_has_its_row",
        "every_accepted_order_is_there",
        "every_open_order_has_a_running_workflow",
        "the_provider_knows_only_our_payments",
        "the_carrier_has_nothing_else",
    }
    said = drill.carry_on()
    assert sorted(said) == sorted(
        [
            *(f"wrote the row of payment/{one}" for one in (late, payment, unpaid, paid)),
            *(f"wrote the row of order/{one}" for one in (late, unpaid, paid)),
            *(f"reset payment/{one}, requested" for one in (late, payment, unpaid, paid)),
            *(f"reset order/{one}, awaiting_payment" for one in (late, unpaid, paid, waiting)),
            f"reset payment/{waiting}, awaiting_card",
        ]
    )
    shop.await_payment(unpaid, "awaiting_card")
    shop.put(f"/payments/{unpaid}/card", payment_method="pm_card_visa")
    # The card that was given since the backup is in Temporal: nobody has to give it again.
    for order in (late, waiting, unpaid, paid):
        shop.await_order(order, "fulfilled")
        shop.await_payment(order, "received")
    shop.await_payment(payment, "received")
    for order in (done, late, waiting, unpaid, paid):
        assert shop.captured(order) == [2500]
        assert len(shop.shipments(order)) == 1
    assert shop.captured(payment) == [700]
    assert shop.stock(sku) == 5
    assert drill.restored("--again") == []
    assert_consistent(drill.stack)


@pytest.mark.parametrize("drill", ["sqlite"], indirect=True)
def test_temporals_database_is_older(drill: Drill) -> None:
    shop = drill.shop
    sku = shop.product(stock=10)
    paying, failing = shop.customer("pm_card_visa"), shop.customer("pm_card_chargeDeclined")
    waiting = shop.order(failing, sku)
    shop.await_payment(waiting, "awaiting_card")
    drill.temporals.take()
    shop.put(f"/payments/{waiting}/card", payment_method="pm_card_visa")
    late, unpaid = shop.order(paying, sku), shop.order(failing, sku)
    for order in (late, waiting):
        shop.await_order(order, "fulfilled")
    payment = shop.payment(failing, 700)
    for one in (unpaid, payment):
        shop.await_payment(one, "awaiting_card")

    drill.stop()
    drill.restore_temporals()

    assert drill.audit() >= {
        "every_open_order_has_a_running_workflow",
        "every_open_payment_has_a_running_workflow",
        "no_workflow_outlives_its_order",
    }
    assert drill.carry_on() == [
        f"reset payment/{waiting}, received",
        f"reset order/{waiting}, fulfilled",
        f"started order {unpaid}, awaiting_payment",
        f"started payment {payment}, awaiting_card",
    ]
    for one in (unpaid, payment):
        shop.put(f"/payments/{one}/card", payment_method="pm_card_visa")
    shop.await_order(unpaid, "fulfilled")
    shop.await_payment(payment, "received")
    for order in (late, waiting, unpaid):
        assert shop.see_order(order)["status"] == "fulfilled"
        assert shop.captured(order) == [2500]
    assert shop.captured(payment) == [700]
    assert shop.stock(sku) == 7
    assert_consistent(drill.stack)


@pytest.mark.parametrize("drill", ["sqlite"], indirect=True)
def test_both_are_of_one_moment(drill: Drill) -> None:
    """What came later is known to the provider and the carrier, and to clients who repeat it."""
    shop = drill.shop
    sku = shop.product(stock=10)
    paying, failing = shop.customer("pm_card_visa"), shop.customer("pm_card_chargeDeclined")
    waiting = shop.order(failing, sku)
    shop.await_payment(waiting, "awaiting_card")
    for backup in (drill.ours, drill.temporals):
        backup.take()
    requests = [
        calls.place_order(paying, [(sku, 1)], key="late"),
        calls.request_payment(paying, 700, "late"),
    ]
    order, payment = (str(shop.api.send(request)["id"]) for request in requests)
    shop.await_order(order, "fulfilled")
    shop.await_payment(payment, "received")

    drill.stop()
    drill.ours.restore()
    drill.restore_temporals()

    assert drill.audit() >= {
        "the_provider_knows_only_our_payments",
        "the_carrier_has_nothing_else",
        "every_accepted_order_is_there",
        "every_accepted_payment_is_there",
    }
    assert drill.carry_on() == [
        f"reset payment/{waiting}, awaiting_card",
        f"reset order/{waiting}, awaiting_payment",
    ]
    assert [shop.api.send(request)["id"] for request in requests] == [order, payment]
    shop.put(f"/payments/{waiting}/card", payment_method="pm_card_visa")
    for one in (order, waiting):
        shop.await_order(one, "fulfilled")
        assert shop.captured(one) == [2500]
    shop.await_payment(payment, "received")
    assert shop.captured(payment) == [700]
    assert shop.stock(sku) == 8
    assert_consistent(drill.stack)
