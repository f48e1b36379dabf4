"""Whatever dies or falls silent: the order goes on, and no cent is taken twice."""

import pytest

from dev.stack.stack import Stack
from tests.support.processes import eventually
from tests.support.shop import Shop

pytestmark = pytest.mark.proof

CHARGES = "/v1/payment_intents"


def test_provider_down_for_a_while(shop: Shop) -> None:
    customer = shop.customer("pm_card_visa")
    shop.cards.fault("down")
    order = shop.order(customer, shop.product())
    shop.await_payment(order, "charging")
    _await_second_try(shop, order)

    assert shop.see_order(order)["status"] == "awaiting_payment"
    shop.cards.clear_faults()

    shop.await_order(order, "fulfilled")
    assert shop.captured(order) == [2500]
    events = ["PaymentRequested", "CreditCardCharged", "PaymentReceived"]
    assert shop.payment_events(order) == events


def test_answer_lost_after_the_charge(shop: Shop) -> None:
    customer = shop.customer("pm_card_visa")
    shop.cards.fault("lose_answer", times=1, only=CHARGES)

    order = shop.order(customer, shop.product())

    shop.await_order(order, "fulfilled")
    assert [charge["status"] for charge in shop.charges(order)] == ["succeeded"]


@pytest.mark.parametrize("after_effect", [False, True])
def test_provider_answers_500_to_the_same_key_again_and_again(
    shop: Shop, *, after_effect: bool
) -> None:
    customer = shop.customer("pm_card_visa")
    shop.cards.fault("error_500", times=1, only=CHARGES, after_effect=after_effect)

    order = shop.order(customer, shop.product())

    shop.await_order(order, "fulfilled")
    assert shop.captured(order) == [2500]


def test_worker_killed_in_a_charge(shop: Shop, stack: Stack) -> None:
    customer = shop.customer("pm_card_visa")
    shop.cards.fault("hold", only=CHARGES)
    order = shop.order(customer, shop.product())
    shop.cards.await_held()

    stack.kill("worker")
    shop.cards.clear_faults()

    shop.await_order(order, "fulfilled")
    assert shop.captured(order) == [2500]


@pytest.mark.parametrize("mode", ["lose_answer", "error_500"])
def test_answer_of_a_refund_lost(shop: Shop, mode: str) -> None:
    customer = shop.customer("pm_card_visa")
    shop.cards.fault(mode, times=1, only="/v1/refunds")

    order = shop.order(customer, shop.product(stock=0))

    shop.await_order(order, "not_fulfilled")
    assert shop.refunded(order) == [2500]


def test_carriers_answer_lost(shop: Shop) -> None:
    customer = shop.customer("pm_card_visa")
    shop.carrier.fault("lose_answer", times=1)

    order = shop.order(customer, shop.product())

    shop.await_order(order, "fulfilled")
    assert len(shop.shipments(order)) == 1


def test_mail_server_down_holds_up_no_order(shop: Shop) -> None:
    customer = shop.customer("pm_card_visa")
    shop.mailbox.fault("down")

    order = shop.order(customer, shop.product())

    shop.await_order(order, "fulfilled")
    shop.mailbox.clear_faults()
    shop.await_mails(customer, "We received your payment", "Your order is on its way")


@pytest.mark.parametrize("process", ["temporal", "api", "cards", "carrier", "mailer"])
def test_any_other_process_killed_while_an_order_waits(
    shop: Shop, stack: Stack, process: str
) -> None:
    order = shop.order(shop.customer("pm_card_chargeDeclined"), shop.product())
    shop.await_payment(order, "awaiting_card")

    stack.kill(process)
    stack.wait_until_ready()
    shop.put(f"/payments/{order}/card", payment_method="pm_card_visa")

    shop.await_order(order, "fulfilled")
    assert shop.captured(order) == [2500]


def _await_second_try(shop: Shop, order: str) -> None:
    """The provider is unavailable for the charge, for more than one attempt."""
    tried = f"charge_card of payment/{order}, attempt"
    eventually(lambda: shop.stack.log("worker").count(tried) >= 2, "a second try", 60)
