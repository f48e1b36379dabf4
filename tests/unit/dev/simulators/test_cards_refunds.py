"""Refunds at the card provider, as they become; see `docs/stripe.md`."""

import pytest

from tests.support.stripe_account import Account, facts, refusal

PENDING, FAILING = "pm_card_pendingRefund", "pm_card_refundFail"


def refund(account: Account, intent: str, amount: int | None = None) -> str:
    of: dict[str, int] = {} if amount is None else {"amount": amount}
    return account.api.refunds.create({"payment_intent": intent, **of}).id  # pyright: ignore[reportArgumentType]


def test_a_refund_may_be_pending_and_succeed_later(account: Account) -> None:
    intent = account.charge(PENDING).id
    id = refund(account, intent)
    pending = account.api.refunds.retrieve(id)
    assert (pending.status, pending.pending_reason) == ("pending", "processing")
    assert account.charge_of(intent).amount_refunded == 2500
    account.switch(f"_refunds/{id}", fails=False)
    assert account.api.refunds.retrieve(id).status == "succeeded"


@pytest.mark.parametrize("token", [PENDING, FAILING])
def test_a_refund_may_fail_later_and_is_owed_again(account: Account, token: str) -> None:
    intent = account.charge(token).id
    id = refund(account, intent, 1500)
    account.switch(f"_refunds/{id}", fails=True, failure_reason="lost_or_stolen_card")

    failed = account.api.refunds.retrieve(id)
    assert (failed.status, failed.failure_reason) == ("failed", "lost_or_stolen_card")
    charge = account.charge_of(intent)
    assert (charge.amount_refunded, charge.refunded) == (0, False)
    assert account.api.refunds.retrieve(refund(account, intent)).amount == 2500


def test_a_refund_that_failed_stays_so(account: Account) -> None:
    id = refund(account, account.charge(FAILING).id)
    account.switch(f"_refunds/{id}", fails=True)
    with pytest.raises(AssertionError, match="status of failed"):
        account.switch(f"_refunds/{id}", fails=False)


def test_refunds_are_listed_by_charge_and_by_payment_intent(account: Account) -> None:
    intent, other = account.charge().id, account.charge().id
    ids = [refund(account, intent, amount) for amount in (100, 200)][::-1]
    refund(account, other)
    charge = account.charge_of(intent).id
    assert [one.id for one in account.api.refunds.list({"payment_intent": intent}).data] == ids
    assert [one.id for one in account.api.refunds.list({"charge": charge}).data] == ids


def test_no_more_than_the_rest_is_refunded(account: Account) -> None:
    intent = account.charge().id
    refund(account, intent, 2000)
    above = refusal(lambda: refund(account, intent, 501))
    assert facts(above) == (400, None, "amount")
    assert account.api.refunds.retrieve(refund(account, intent, 500)).status == "succeeded"
    again = refusal(lambda: refund(account, intent, 1))
    assert facts(again)[:2] == (400, "charge_already_refunded")
    assert account.charge_of(intent).refunded


@pytest.mark.parametrize("status", ["needs_response", "under_review", "lost"])
def test_a_disputed_charge_is_not_refunded(account: Account, status: str) -> None:
    intent = account.charge().id
    account.switch(f"_disputes/{intent}", status=status)
    refused = refusal(lambda: refund(account, intent))
    assert facts(refused)[:2] == (400, "charge_disputed")


@pytest.mark.parametrize("status", ["warning_needs_response", "warning_closed", "won"])
def test_an_inquiry_does_not_forbid_a_refund(account: Account, status: str) -> None:
    intent = account.charge().id
    account.switch(f"_disputes/{intent}", status=status)
    assert refund(account, intent)


def test_parts_that_a_currency_does_not_have_are_not_refunded(account: Account) -> None:
    intent = account.charge(amount=1_000_000, currency="isk").id
    refused = refusal(lambda: refund(account, intent, 150))
    assert facts(refused) == (400, "invalid_charge_amount_no_decimal_compatible", "amount")


def test_a_reason_is_one_of_three(account: Account) -> None:
    intent = account.charge().id
    params = {"payment_intent": intent, "reason": "bored"}
    refused = refusal(lambda: account.api.refunds.create(params))  # pyright: ignore[reportArgumentType]
    assert facts(refused) == (400, None, "reason")
