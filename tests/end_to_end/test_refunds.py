"""Refunds: of parts, refused ones, and ones that fail days later."""

import re

import pytest

from clients import calls
from clients.errors import RefusedError
from tests.support.audits import assert_consistent
from tests.support.card_events import CardHolders
from tests.support.processes import eventually
from tests.support.shop import TIMEOUT_SECONDS, Shop

pytestmark = pytest.mark.proof


@pytest.fixture
def people(shop: Shop) -> CardHolders:
    """At the card provider."""
    return CardHolders(shop.stack.cards_url)


def fulfilled(shop: Shop, customer: str) -> str:
    """An order of 2500 cents that is shipped."""
    order = shop.order(customer, shop.product())
    shop.await_order(order, "fulfilled")
    return order


def await_status(shop: Shop, payment: str, refunded: int, status: str) -> None:
    """Wait until so many cents are given back."""

    def reached() -> bool:
        seen = shop.see_payment(payment)
        return (seen["refunded"], seen["status"]) == (refunded, status)

    eventually(reached, f"{payment} {status}, {refunded} refunded", TIMEOUT_SECONDS)


def owed(shop: Shop, payment: str) -> list[tuple[str, int, str, str | None]]:
    """What the operations page lists of the payment."""
    listed = shop.get("/operations")["refunds"]["refunds"]
    return [
        (one["reference"], one["amount"], one["status"], one["failure"])
        for one in listed
        if one["payment_id"] == payment
    ]


def refunds_owed(shop: Shop) -> float:
    """How many there are, those that other tests have left included."""
    [owed] = re.findall(r"^refunds_owed (\S+)$", shop.respond("GET", "/metrics").text, re.MULTILINE)
    return float(owed)


@pytest.mark.parametrize(
    ("card", "balance", "to_card", "left"),
    [("pm_card_visa", 0, 500, 0), ("pm_card_visa", 2200, 300, 200), (None, 2500, 0, 500)],
    ids=["card", "both", "account"],
)
def test_a_part_is_given_back_after_shipment(
    shop: Shop, card: str | None, balance: int, to_card: int, left: int
) -> None:
    """Twice with one reference: once. To the card first, then to the account."""
    customer = shop.customer(card, balance=balance)
    order = fulfilled(shop, customer)
    for _ in range(2):
        shop.api.send(calls.refund_payment(order, 500, "return-3"))
    await_status(shop, order, 500, "received")
    assert shop.refunded(order) == ([to_card] if to_card else [])
    assert shop.balance(customer) == left
    with pytest.raises(RefusedError):
        shop.api.send(calls.refund_payment(order, 2001, "return-4"))

    shop.api.send(calls.refund_payment(order, 2000, "return-4"))

    await_status(shop, order, 2500, "refunded")
    assert sum(shop.refunded(order)) == 2500 - balance
    assert shop.balance(customer) == balance
    assert shop.see_order(order)["status"] == "fulfilled"
    assert_consistent(shop.stack)


def is_decided(shop: Shop, payment: str) -> bool:
    disputes = shop.get(f"/payments/{payment}/disputes")["disputes"]
    return not any(one["is_open"] for one in disputes)


def test_a_disputed_charge_does_not_keep_an_order_from_being_undone(
    shop: Shop, people: CardHolders
) -> None:
    """The refund is refused: it is owed, and settled outside once the dispute is won."""
    customer, sku = shop.customer("pm_card_visa", balance=500), shop.product(stock=5)
    shop.carrier.fault("hold", only="/shipments")
    order = shop.order(customer, sku, policy="charge_before_shipping")
    shop.carrier.await_held()
    [charge] = shop.charges(order)
    people.dispute(charge["id"], "needs_response")
    before = refunds_owed(shop)

    shop.post(f"/orders/{order}/cancel")
    shop.carrier.clear_faults()

    assert shop.await_order(order)["status"] == "not_fulfilled"
    assert (shop.stock(sku), shop.balance(customer)) == (5, 500)
    assert owed(shop, order) == [("_undo", 2000, "refused", "charge_disputed")]
    assert shop.see_payment(order)["status"] == "refunding"
    assert refunds_owed(shop) == before + 1
    assert_consistent(shop.stack)

    settlement = calls.settle_refund(order, "_undo", "Paid by bank transfer.")
    with pytest.raises(RefusedError, match="disputed"):
        shop.api.send(settlement)
    people.dispute(charge["id"], "won")
    eventually(lambda: is_decided(shop, order), "the decision", TIMEOUT_SECONDS)
    shop.api.send(settlement)

    assert owed(shop, order) == []
    seen = shop.see_payment(order)
    assert (seen["status"], seen["refunded"]) == ("refunded", 2500)
    assert_consistent(shop.stack)


def test_a_refund_that_fails_days_later_is_owed_again(shop: Shop, people: CardHolders) -> None:
    order = fulfilled(shop, shop.customer("pm_card_visa"))
    shop.api.send(calls.refund_payment(order, 500, "return-3"))
    await_status(shop, order, 500, "received")
    [refund] = shop.refunds(order)

    people.settle_refund(refund["id"], fails=True)

    eventually(lambda: bool(owed(shop, order)), "a refund that is owed", TIMEOUT_SECONDS)
    seen = shop.see_payment(order)
    assert (seen["charged"], seen["refunded"]) == (2000, 0)
    [(reference, amount, status, _)] = owed(shop, order)
    assert (reference, amount, status) == ("return-3", 500, "failed")
    assert shop.payment_events(order).count("CreditCardRefunded") == 1
    assert_consistent(shop.stack)

    shop.api.send(calls.refund_payment(order, 500, "return-3-again", "return-3"))

    eventually(lambda: len(shop.refunds(order)) == 2, "another refund", TIMEOUT_SECONDS)
    assert owed(shop, order) == []
    assert shop.payment_events(order).count("CreditCardRefunded") == 1
    assert shop.see_payment(order)["charged"] == 2000
    await_status(shop, order, 500, "received")
    eventually(lambda: _is_consistent(shop), "that the books agree", TIMEOUT_SECONDS)


@pytest.mark.parametrize("fails", [True, False])
def test_a_pending_refund_is_awaited(shop: Shop, people: CardHolders, *, fails: bool) -> None:
    order = fulfilled(shop, shop.customer("pm_card_pendingRefund"))
    shop.api.send(calls.refund_payment(order, 2500, "return-3"))
    eventually(lambda: bool(shop.refunds(order)), "a refund", TIMEOUT_SECONDS)
    assert shop.see_payment(order)["status"] == "refunding"

    people.settle_refund(shop.refunds(order)[0]["id"], fails=fails)

    await_status(shop, order, 0 if fails else 2500, "received" if fails else "refunded")
    assert len(owed(shop, order)) == fails
    assert_consistent(shop.stack)


def _is_consistent(shop: Shop) -> bool:
    try:
        assert_consistent(shop.stack)
    except AssertionError:
        return False
    return True
