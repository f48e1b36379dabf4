"""Customers and PaymentMethods at the card provider, by Stripe's rules; see `docs/stripe.md`."""

from uuid import uuid4

import pytest
import stripe

from tests.support.stripe_account import Account, decline, facts, refusal


def cards_of(account: Account, customer: str) -> list[str]:
    return [one.id for one in account.api.customers.payment_methods.list(customer).data]


def test_a_customer_is_made_once_per_key(account: Account) -> None:
    key = str(uuid4())
    made, again = (
        account.api.customers.create(
            {"metadata": {"customer": "kermit"}, "name": "Kermit"}, {"idempotency_key": key}
        )
        for _ in range(2)
    )
    assert made.id == again.id
    assert made.id.startswith("cus_")
    found = account.api.customers.retrieve(made.id)
    assert found.metadata
    assert (found.name, found.metadata.to_dict()) == ("Kermit", {"customer": "kermit"})


def test_customers_are_changed_listed_and_found_by_metadata(account: Account) -> None:
    shop = str(uuid4())
    customer = account.api.customers.create({"metadata": {"shop": shop}})
    account.api.customers.update(customer.id, {"email": f"{shop}@example.com"})
    [listed] = account.api.customers.list({"email": f"{shop}@example.com"}).data
    [found] = account.api.customers.search({"query": f"metadata['shop']:'{shop}'"}).data
    assert listed.id == found.id == customer.id


def test_an_unknown_customer_is_missing(account: Account) -> None:
    retrieved = refusal(lambda: account.api.customers.retrieve("cus_none"))
    charged = refusal(lambda: account.charge(customer="cus_none"))
    assert facts(retrieved)[:2] == (404, "resource_missing")
    assert facts(charged) == (400, "resource_missing", "customer")


def test_a_test_token_is_a_new_payment_method_each_time(account: Account) -> None:
    first = account.api.payment_methods.retrieve("pm_card_visa")
    second = account.api.payment_methods.retrieve("pm_card_visa")
    charged = str(account.charge("pm_card_visa").payment_method)
    assert len({first.id, second.id, charged, "pm_card_visa"}) == 4
    assert account.api.payment_methods.retrieve(first.id).id == first.id


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("pm_card_visa", "pm_card_visa", True),
        ("pm_card_chargeDeclined", "pm_card_visa_chargeDeclined", True),
        ("pm_card_visa", "pm_card_visa_debit", False),
        ("pm_card_amex", "pm_card_unionpay", False),
    ],
)
def test_the_fingerprint_is_that_of_the_card(
    account: Account, one: str, other: str, *, same: bool
) -> None:
    cards = [account.api.payment_methods.retrieve(token).card for token in (one, other)]
    assert all(cards)
    prints = {card.fingerprint for card in cards if card}
    assert len(prints) == (1 if same else 2)


def test_an_attached_card_can_be_used_again_and_again(account: Account) -> None:
    customer, card = account.customer(), account.card()
    attached = account.api.payment_methods.attach(card, {"customer": customer})
    assert attached.customer == customer
    assert cards_of(account, customer) == [card]
    listed = account.api.payment_methods.list({"customer": customer, "type": "card"})
    assert [one.id for one in listed.data] == [card]
    for _ in range(2):
        assert account.charge_off_session(customer, card).status == "succeeded"


def test_attaching_a_token_makes_a_new_card(account: Account) -> None:
    customer = account.customer()
    attached = account.api.payment_methods.attach("pm_card_visa", {"customer": customer})
    assert attached.id != "pm_card_visa"
    assert cards_of(account, customer) == [attached.id]


@pytest.mark.parametrize(
    ("token", "code", "decline_code"),
    [
        ("pm_card_visa_chargeDeclined", "card_declined", "generic_decline"),
        ("pm_card_visa_chargeDeclinedStolenCard", "card_declined", "stolen_card"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card", None),
    ],
)
def test_a_declining_card_cannot_be_attached(
    account: Account, token: str, code: str, decline_code: str | None
) -> None:
    customer = account.customer()
    refused = refusal(lambda: account.api.payment_methods.attach(token, {"customer": customer}))
    error = decline(refused)
    assert (error["code"], error.get("decline_code")) == (code, decline_code)
    assert cards_of(account, customer) == []


def test_a_card_that_declines_once_it_is_attached(account: Account) -> None:
    customer = account.customer()
    card = account.api.payment_methods.attach(
        "pm_card_chargeCustomerFail", {"customer": customer}
    ).id
    error = decline(refusal(lambda: account.charge_off_session(customer, card)))
    assert error["decline_code"] == "generic_decline"


def test_a_card_has_one_customer(account: Account) -> None:
    owner, other = account.customer(), account.customer()
    card = account.saved_card(owner)
    again = account.api.payment_methods.attach(card, {"customer": owner})
    assert again.customer == owner, "once more is no error"
    attach = refusal(lambda: account.api.payment_methods.attach(card, {"customer": other}))
    assert facts(attach) == (400, None, None)
    foreign = refusal(lambda: account.charge_off_session(other, card))
    assert isinstance(foreign, stripe.InvalidRequestError)
    assert facts(foreign) == (400, None, "payment_method")
    assert "does not belong to the Customer you supplied" in str(foreign.user_message)
    without = refusal(lambda: account.charge(card))
    assert facts(without) == (400, "parameter_missing", "source")
    assert cards_of(account, owner) == [card]
    below_other = refusal(lambda: account.api.customers.payment_methods.retrieve(other, card))
    assert facts(below_other)[:2] == (404, "resource_missing")
    assert account.api.customers.payment_methods.retrieve(owner, card).id == card


def test_a_detached_card_can_never_be_used_again(account: Account) -> None:
    customer = account.customer()
    card = account.saved_card(customer)
    assert account.api.payment_methods.detach(card).customer is None
    assert cards_of(account, customer) == []
    for request in (
        lambda: account.charge_off_session(customer, card),
        lambda: account.charge(card),
        lambda: account.api.payment_methods.attach(card, {"customer": customer}),
    ):
        refused = refusal(request)
        assert facts(refused) == (400, None, None)
        assert "may not be used again" in str(refused.user_message).replace("It may", "may")
    twice = refusal(lambda: account.api.payment_methods.detach(card))
    assert facts(twice) == (400, None, None)
    assert account.api.payment_methods.retrieve(card).id == card, "it can still be looked up"


def test_a_deleted_customer_is_charged_no_more(account: Account) -> None:
    customer = account.customer()
    card, new = account.saved_card(customer), account.card()
    assert account.api.customers.delete(customer).deleted
    assert account.api.customers.retrieve(customer).deleted
    assert customer not in [one.id for one in account.api.customers.list().data]
    for charge in (
        lambda: account.charge_off_session(customer, card),
        lambda: account.charge(new, customer=customer, setup_future_usage="off_session"),
        lambda: account.api.payment_methods.attach(new, {"customer": customer}),
    ):
        assert facts(refusal(charge)) == (400, "resource_missing", "customer")
    again = refusal(lambda: account.api.customers.delete(customer))
    assert facts(again)[:2] == (404, "resource_missing")


def test_the_cards_of_a_deleted_customer_can_never_be_used_again(account: Account) -> None:
    customer, other = account.customer(), account.customer()
    card, new = account.saved_card(customer), account.card()
    account.api.customers.delete(customer)
    assert account.api.payment_methods.retrieve(card).customer is None
    refused = refusal(lambda: account.charge(card, customer=other))
    assert facts(refused) == (400, None, None)
    assert account.charge(new, customer=other).status == "succeeded"
