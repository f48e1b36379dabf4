"""Disputes and early fraud warnings at the card provider; see `docs/stripe.md`."""

import pytest
import stripe

from tests.support.stripe_account import Account, facts, refusal


def disputes(account: Account, intent: str) -> list[stripe.Dispute]:
    return account.api.disputes.list({"payment_intent": intent}).data


def test_a_charge_is_disputed(account: Account) -> None:
    intent = account.charge().id
    assert not account.charge_of(intent).disputed
    made = account.switch(f"_disputes/{intent}", status="needs_response", amount=1000)
    [dispute] = disputes(account, intent)
    assert (dispute.id, dispute.amount, dispute.reason) == (made["id"], 1000, "fraudulent")
    assert dispute.charge == account.charge_of(intent).id
    assert not dispute.is_charge_refundable
    assert account.charge_of(intent).disputed
    account.switch(f"_disputes/{intent}", status="lost")
    assert account.api.disputes.retrieve(dispute.id).status == "lost"


@pytest.mark.parametrize(
    ("token", "status", "reason"),
    [
        ("pm_card_createDispute", "needs_response", "fraudulent"),
        ("pm_card_createDisputeProductNotReceived", "needs_response", "product_not_received"),
        ("pm_card_createDisputeInquiry", "warning_needs_response", "fraudulent"),
    ],
)
def test_some_cards_are_disputed_at_once(
    account: Account, token: str, status: str, reason: str
) -> None:
    [dispute] = disputes(account, account.charge(token).id)
    assert (dispute.status, dispute.reason, dispute.amount) == (status, reason, 2500)


def test_a_bank_warns_of_fraud(account: Account) -> None:
    intent = account.charge("pm_card_createIssuerFraudRecord").id
    listed = account.api.radar.early_fraud_warnings.list({"payment_intent": intent}).data
    [warning] = listed
    assert warning.actionable
    assert warning.charge == account.charge_of(intent).id
    account.api.refunds.create({"payment_intent": intent})
    assert not account.api.radar.early_fraud_warnings.retrieve(warning.id).actionable


def test_what_was_not_charged_is_not_disputed(account: Account) -> None:
    intent = account.charge("pm_card_authenticationRequired").id
    for switch in ("_disputes", "_fraud_warnings"):
        with pytest.raises(AssertionError, match="unexpected_state"):
            account.switch(f"{switch}/{intent}", **({"status": "lost"} if "dis" in switch else {}))
    assert disputes(account, intent) == []


def test_unknown_ones_are_missing(account: Account) -> None:
    missing = refusal(lambda: account.api.disputes.retrieve("du_none"))
    assert facts(missing)[:2] == (404, "resource_missing")
    missing = refusal(lambda: account.api.radar.early_fraud_warnings.retrieve("issfr_none"))
    assert facts(missing)[:2] == (404, "resource_missing")
    missing = refusal(lambda: account.api.charges.retrieve("ch_none"))
    assert facts(missing)[:2] == (404, "resource_missing")
