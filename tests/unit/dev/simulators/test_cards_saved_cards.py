"""What a payment does to its PaymentMethod, by Stripe's rules; see `docs/stripe.md`."""

import pytest

from tests.support.stripe_account import Account, decline, facts, refusal

SPENT = "previously used with a PaymentIntent without Customer attachment"


def is_spent(account: Account, card: str, customer: str | None = None) -> bool:
    """Whether a charge is refused because the card was used before."""
    of = {"customer": customer} if customer else {}
    refused = refusal(lambda: account.charge(card, **of))
    assert facts(refused) == (400, None, None)
    return SPENT in str(refused.user_message)


def test_a_card_without_a_customer_is_used_once(account: Account) -> None:
    card = account.card()
    assert account.charge(card).status == "succeeded"
    assert is_spent(account, card)
    assert is_spent(account, card, account.customer())


def test_a_decline_spends_it_too(account: Account) -> None:
    card = account.card("pm_card_visa_chargeDeclinedInsufficientFunds")
    decline(refusal(lambda: account.charge(card)))
    assert is_spent(account, card)


def test_a_customer_alone_does_not_save_it(account: Account) -> None:
    customer, card = account.customer(), account.card()
    assert account.charge(card, customer=customer).status == "succeeded"
    assert account.api.payment_methods.retrieve(card).customer is None
    assert is_spent(account, card, customer)


def test_a_refused_request_does_not_spend_it(account: Account) -> None:
    card = account.card()
    refusal(lambda: account.charge(card, customer="cus_none"))
    refusal(lambda: account.charge(card, amount=1))
    assert account.charge(card).status == "succeeded"


@pytest.mark.parametrize("usage", ["off_session", "on_session"])
def test_setup_future_usage_saves_it_when_the_charge_succeeds(account: Account, usage: str) -> None:
    customer, card = account.customer(), account.card()
    intent = account.charge(card, customer=customer, setup_future_usage=usage)
    assert (intent.setup_future_usage, intent.customer) == (usage, customer)
    assert account.api.payment_methods.retrieve(card).customer == customer
    assert [account.charge_off_session(customer, card).status for _ in range(3)] == 3 * [
        "succeeded"
    ]


def test_a_declined_charge_saves_nothing(account: Account) -> None:
    customer, card = account.customer(), account.card("pm_card_visa_chargeDeclined")
    usage = {"customer": customer, "setup_future_usage": "off_session"}
    decline(refusal(lambda: account.charge(card, **usage)))
    assert account.api.payment_methods.retrieve(card).customer is None
    assert is_spent(account, card, customer)


def test_it_is_saved_when_the_bank_pays_later(account: Account) -> None:
    customer, card = account.customer(), account.card()
    account.switch("_bank", takes_its_time=True)
    try:
        intent = account.charge(card, customer=customer, setup_future_usage="off_session")
    finally:
        account.switch("_bank", takes_its_time=False)
    assert intent.status == "processing"
    assert account.api.payment_methods.retrieve(card).customer is None
    account.switch(f"_bank/{intent.id}", pays=True)
    assert account.api.payment_methods.retrieve(card).customer == customer


@pytest.mark.parametrize("authenticates", [True, False])
def test_it_is_saved_when_the_customer_authenticates(
    account: Account, *, authenticates: bool
) -> None:
    customer, card = account.customer(), account.card("pm_card_threeDSecure2Required")
    intent = account.charge(card, customer=customer, setup_future_usage="off_session")
    assert account.api.payment_methods.retrieve(card).customer is None
    account.switch(f"_customers/{intent.id}", authenticates=authenticates)
    saved = account.api.payment_methods.retrieve(card).customer
    assert saved == (customer if authenticates else None)


def test_without_a_customer_it_can_be_attached_after_the_payment(account: Account) -> None:
    card = account.card()
    account.charge(card, setup_future_usage="off_session")
    customer = account.customer()
    account.api.payment_methods.attach(card, {"customer": customer})
    assert account.charge_off_session(customer, card).status == "succeeded"


def test_nothing_is_saved_off_session(account: Account) -> None:
    refused = refusal(
        lambda: account.charge(
            customer=account.customer(), off_session=True, setup_future_usage="off_session"
        )
    )
    assert facts(refused) == (400, None, None)
    assert "cannot set up future usages" in str(refused.user_message)


def test_a_bank_may_decline_a_saved_card_from_now_on(account: Account) -> None:
    customer = account.customer()
    card = account.saved_card(customer)
    account.switch(f"_cards/{card}", declines="insufficient_funds")
    error = decline(refusal(lambda: account.charge_off_session(customer, card)))
    assert error["decline_code"] == "insufficient_funds"
    assert error["payment_method"]["id"] == card
    account.switch(f"_cards/{card}", declines=None)
    assert account.charge_off_session(customer, card).status == "succeeded"
