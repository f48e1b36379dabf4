"""The payment service by itself: accounts, cards, reminders and two weeks of waiting."""

from datetime import datetime, timedelta

import pytest

from tests.support.processes import eventually
from tests.support.shop import TIMEOUT_SECONDS, Shop

FAILING = "pm_card_chargeDeclinedExpiredCard"


@pytest.mark.parametrize(
    ("balance", "withdrawn", "charged"),
    [
        (0, 0, 2500),
        (2499, 2450, 50),
        (2500, 2500, 0),
        (2501, 2500, 0),
    ],
)
def test_the_account_pays_first_and_the_card_the_rest(
    shop: Shop, balance: int, withdrawn: int, charged: int
) -> None:
    customer = shop.customer("pm_card_visa", balance=balance)

    payment = shop.payment(customer)

    seen = shop.await_payment(payment, "received")
    assert (seen["withdrawn"], seen["charged"]) == (withdrawn, charged)
    assert shop.balance(customer) == balance - withdrawn
    assert shop.captured(payment) == ([charged] if charged else [])
    partly = ["PaymentPartlyCovered"] if withdrawn and charged else []
    assert shop.payment_events(payment) == [
        "PaymentRequested",
        *(["AmountWithdrawn"] if withdrawn else []),
        *partly,
        *(["CreditCardCharged"] if charged else []),
        "PaymentReceived",
    ]


def test_nothing_to_pay_is_received_at_once(shop: Shop) -> None:
    payment = shop.payment(shop.customer(), 0)

    shop.await_payment(payment, "received")
    assert shop.payment_events(payment) == ["PaymentRequested", "PaymentReceived"]


def test_without_a_card_the_provider_is_not_asked(shop: Shop) -> None:
    payment = shop.payment(shop.customer())

    seen = shop.await_payment(payment, "awaiting_card")
    assert seen["failure"]["code"] == "no_card"
    assert shop.charges(payment) == []


def test_six_reminders_then_canceled_and_credited(shop: Shop) -> None:
    customer = shop.customer(FAILING, balance=500)
    payment = shop.payment(customer)
    waiting = shop.await_payment(payment, "awaiting_card")
    assert (waiting["withdrawn"], waiting["failure"]["code"]) == (500, "expired_card")
    assert _moment(waiting["next_reminder_at"]) - _since(waiting) == timedelta(days=2)

    seen = shop.fast_forward(payment, days=13.9)
    assert (seen["status"], seen["reminders_sent"]) == ("awaiting_card", 6)
    assert seen["next_reminder_at"] is None
    assert seen["deadline"] == waiting["deadline"]
    # Before the payment is canceled: a mail that is not true any more is not sent.
    reminders = [f"Reminder {number}: please update your card" for number in range(1, 7)]
    mails = ["Your card did not pay: please update it", *reminders]
    shop.await_mails(customer, *mails)
    assert _moment(seen["now"]) - _since(waiting) >= timedelta(days=13.9)

    seen = shop.fast_forward(payment, days=0.2)
    assert (seen["status"], seen["withdrawn"], seen["charged"]) == ("canceled", 0, 0)
    assert (seen["deadline"], seen["refunded"]) == (None, 0)
    assert shop.balance(customer) == 500
    assert shop.payment_events(payment) == [
        "PaymentRequested",
        "AmountWithdrawn",
        "PaymentPartlyCovered",
        "CreditCardFailed",
        *["CustomerReminded"] * 6,
        "PaymentCanceled",
        "AmountCredited",
    ]
    events = shop.get(f"/payments/{payment}/events")["events"]
    days = [
        (_moment(event["at"]) - _since(waiting)) / timedelta(days=1)
        for event in events
        if event["type"] in {"CustomerReminded", "PaymentCanceled"}
    ]
    assert [round(day, 2) for day in days] == [2, 4, 6, 8, 10, 12, 14]
    shop.await_mails(customer, *mails, "Your payment was canceled")


def test_an_updated_card_is_charged_at_once(shop: Shop) -> None:
    payment = shop.payment(shop.customer(FAILING))
    shop.await_payment(payment, "awaiting_card")
    shop.fast_forward(payment, days=5)

    answer = shop.respond(
        "PUT", f"/payments/{payment}/card", json={"payment_method": "pm_card_visa"}
    )

    assert answer.status_code == 202
    seen = shop.await_payment(payment, "received")
    assert (seen["failure"], seen["deadline"], seen["reminders_sent"]) == (None, None, 2)
    assert shop.payment_events(payment) == [
        "PaymentRequested",
        "CreditCardFailed",
        "CustomerReminded",
        "CustomerReminded",
        "CreditCardDetailsUpdated",
        "CreditCardCharged",
        "PaymentReceived",
    ]


def test_a_second_failing_card_moves_neither_deadline_nor_reminders(shop: Shop) -> None:
    payment = shop.payment(shop.customer(FAILING))
    first = shop.await_payment(payment, "awaiting_card")
    shop.fast_forward(payment, days=3)

    shop.put(f"/payments/{payment}/card", payment_method="pm_card_chargeDeclinedInsufficientFunds")

    events = ["PaymentRequested", "CreditCardFailed", "CustomerReminded"]
    events += ["CreditCardDetailsUpdated", "CreditCardFailed"]
    _await_events(shop, payment, events)
    second = shop.see_payment(payment)
    assert second["deadline"] == first["deadline"]
    assert _moment(second["next_reminder_at"]) == _since(first) + timedelta(days=4)
    seen = shop.fast_forward(payment, days=11.5)
    assert (seen["status"], seen["reminders_sent"]) == ("canceled", 6)


def test_a_card_updated_while_another_is_charged_comes_after_it(shop: Shop) -> None:
    customer = shop.customer(FAILING)
    shop.cards.fault("hold", only="/v1/payment_intents")
    payment = shop.payment(customer)
    shop.cards.await_held()

    shop.put(f"/payments/{payment}/card", payment_method="pm_card_visa")
    shop.cards.clear_faults()

    shop.await_payment(payment, "received")
    assert shop.payment_events(payment) == [
        "PaymentRequested",
        "CreditCardFailed",
        "CreditCardDetailsUpdated",
        "CreditCardCharged",
        "PaymentReceived",
    ]
    assert shop.captured(payment) == [2500]


def test_a_card_updated_while_another_one_pays_is_not_needed(shop: Shop) -> None:
    customer = shop.customer("pm_card_mastercard")
    shop.cards.fault("hold", only="/v1/payment_intents")
    payment = shop.payment(customer)
    shop.cards.await_held()

    shop.put(f"/payments/{payment}/card", payment_method="pm_card_visa")
    shop.cards.clear_faults()

    shop.await_payment(payment, "received")
    assert shop.captured(payment) == [2500]
    assert "CreditCardDetailsUpdated" not in shop.payment_events(payment)


def test_one_card_update_reaches_every_waiting_payment_of_the_customer(shop: Shop) -> None:
    customer = shop.customer(FAILING)
    payments = [shop.payment(customer, amount) for amount in (1000, 2000)]
    for payment in payments:
        shop.await_payment(payment, "awaiting_card")

    answer = shop.update_customers_card(customer, "pm_card_visa")

    assert sorted(answer["payments"]) == sorted(payments)
    assert (answer["card"]["brand"], answer["card"]["last4"]) == ("visa", "4242")
    for payment, amount in zip(payments, (1000, 2000), strict=True):
        shop.await_payment(payment, "received")
        assert shop.captured(payment) == [amount]


def test_a_card_update_after_the_end_is_refused(shop: Shop) -> None:
    customer = shop.customer(FAILING)
    payment = shop.payment(customer)
    shop.await_payment(payment, "awaiting_card")
    shop.fast_forward(payment, days=14)
    shop.await_payment(payment, "canceled")

    answer = shop.respond(
        "PUT", f"/payments/{payment}/card", json={"payment_method": "pm_card_visa"}
    )

    assert answer.status_code == 409
    assert shop.update_customers_card(customer, "pm_card_visa")["payments"] == []
    assert shop.captured(payment) == []


@pytest.mark.parametrize(
    ("card", "code"),
    [
        ("pm_card_chargeDeclined", "card_declined"),
        ("pm_card_chargeDeclinedInsufficientFunds", "card_declined"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card"),
        ("pm_card_authenticationRequired", "authentication_required"),
    ],
)
def test_a_decline_is_told_in_the_providers_words(shop: Shop, card: str, code: str) -> None:
    payment = shop.payment(shop.customer(card))

    seen = shop.await_payment(payment, "awaiting_card")

    assert seen["failure"]["code"] == code
    assert seen["failure"]["message"]


def test_the_same_reference_is_the_same_payment(shop: Shop) -> None:
    customer = shop.customer("pm_card_visa")
    body = {"customer_id": customer, "amount": 700, "reference": f"invoice-of-{customer}"}

    first, again = (shop.respond("POST", "/payments", json=body) for _ in range(2))
    other = shop.respond("POST", "/payments", json=body | {"amount": 800})

    assert (first.status_code, again.status_code, other.status_code) == (202, 202, 409)
    assert first.json()["id"] == again.json()["id"]
    shop.await_payment(first.json()["id"], "received")
    assert shop.captured(first.json()["id"]) == [700]


def _await_events(shop: Shop, payment: str, events: list[str]) -> None:
    eventually(lambda: shop.payment_events(payment) == events, f"{events}", TIMEOUT_SECONDS)


def _since(payment: dict[str, str]) -> datetime:
    return _moment(payment["deadline"]) - timedelta(days=14)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
