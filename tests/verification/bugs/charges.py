"""Bugs in charges, refunds and goods."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import wraps
from uuid import uuid4

import pytest
import stripe
from sqlalchemy import Connection, update
from temporalio import workflow

import activities.charges
from activities import accounts
from activities.accounts import AccountActivities
from activities.charges import ChargeActivities
from activities.clock import ServerClock
from activities.inputs import PaymentStepInput
from gateways.cards import (
    ChargeRequest,
    Declined,
    Outcome,
    ProviderRefund,
    ProviderUnavailableError,
    RefundRequest,
    RefundStatus,
)
from gateways.stripe_cards import StripeCards
from gateways.stripe_errors import raise_unavailable
from gateways.stripe_outcomes import first_charged
from storage import inventory, ledger, payments, tables
from storage.charges import Charge
from workflows.payment import PaymentWorkflow

A_MOMENT = 0.5
"""Seconds that a slow machine may take between two statements."""


def drop_idempotency_key(patch: pytest.MonkeyPatch) -> None:
    """Each attempt to charge asks under a new key."""
    charge = StripeCards.charge

    def charge_anew(self: StripeCards, request: ChargeRequest) -> Outcome:
        return charge(self, replace(request, key=uuid4().hex))

    patch.setattr(StripeCards, "charge", charge_anew)


def book_faults_as_declines(patch: pytest.MonkeyPatch) -> None:
    """A fault counts as a decline."""
    charge = StripeCards.charge

    def charge_once(self: StripeCards, request: ChargeRequest) -> Outcome:
        try:
            return charge(self, request)
        except ProviderUnavailableError as fault:
            return Declined("provider_unavailable", str(fault))

    patch.setattr(StripeCards, "charge", charge_once)


def refund_on_paper(patch: pytest.MonkeyPatch) -> None:
    """A compensation is skipped: the card seems refunded, but the provider is not called."""

    def refund(self: StripeCards, refund: RefundRequest) -> ProviderRefund:
        return ProviderRefund(
            f"re_{refund.payment_id}",
            refund.charge_id,
            refund.amount,
            "EUR",
            RefundStatus.SUCCEEDED,
            payment_id=refund.payment_id,
            reference=refund.reference,
        )

    patch.setattr(StripeCards, "refund", refund)


def charge_saved_cards_without_customer(patch: pytest.MonkeyPatch) -> None:
    """The request does not say whose card it is, so that it can't be used again."""
    request_of = activities.charges._request

    def request(charge: Charge, payment_method: str) -> ChargeRequest:
        return replace(request_of(charge, payment_method), customer=None, on_session=False)

    patch.setattr(activities.charges, "_request", request)


def keep_the_goods(patch: pytest.MonkeyPatch) -> None:
    """A compensation is skipped: goods are said to be returned, and stay reserved."""
    patch.setattr(inventory, "give_back", lambda *_: None)


def let_the_deadline_win(patch: pytest.MonkeyPatch) -> None:
    """A payment whose card pays only after the deadline is canceled all the same."""
    charge_credit_card = PaymentWorkflow._charge_credit_card

    async def charge_in_time(self: PaymentWorkflow) -> None:
        await charge_credit_card(self)
        if self._waiting is not None and workflow.now() >= self._waiting.deadline:
            self._charge = self._charge.model_copy(update={"charged": False})

    patch.setattr(PaymentWorkflow, "_charge_credit_card", charge_in_time)


def withdraw_without_transaction(patch: pytest.MonkeyPatch) -> None:
    """The balance changes, and in a transaction of its own the transfer is written."""
    withdraw_amount = AccountActivities.withdraw_amount

    @wraps(withdraw_amount)
    def withdraw(self: AccountActivities, input: PaymentStepInput) -> int:
        with self._database.write() as tx:
            payment = payments.find(tx, input.payment_id)
            account = ledger.customer_account(payment.customer_id)
            held = ledger.lock(tx, account)
            _set_balance(tx, account, held - min(held, payment.amount))
        time.sleep(A_MOMENT)
        with self._database.write() as tx:
            _set_balance(tx, account, held)
        return withdraw_amount(self, input)

    patch.setattr(AccountActivities, "withdraw_amount", withdraw)


def leave_less_than_a_card_can_pay(patch: pytest.MonkeyPatch) -> None:
    """The account pays all that it covers, and the card is asked for whatever the rest is."""

    def withdrawable(balance: int, amount: int, _currency: str) -> int:
        return min(balance, amount)

    patch.setattr(accounts, "withdrawable", withdrawable)


def leave_the_account_open(patch: pytest.MonkeyPatch) -> None:
    """That nothing was withdrawn is not written down: later there may be more to withdraw."""
    patch.setattr(payments, "mark_charging", lambda *_: None)


def _set_balance(tx: Connection, account: str, balance: int) -> None:
    rows = tables.accounts
    tx.execute(update(rows).where(rows.c.id == account).values(balance=balance))


def compare_metadata_as_equal(patch: pytest.MonkeyPatch) -> None:
    """A charge to which somebody else's app added metadata is not found."""
    _find_charges(patch, lambda wanted, found: wanted == found)


def take_whatever_the_search_finds(patch: pytest.MonkeyPatch) -> None:
    """A charge of a payment whose id differs in case only is taken for this one's."""
    _find_charges(patch, lambda _wanted, _found: True)


def rotate_keys_early(patch: pytest.MonkeyPatch) -> None:
    """A charge gets a new key as soon as the search does not show it, however late that is."""
    look_up = ChargeActivities._look_up

    def look_up_early(self: ChargeActivities, charge: Charge, clock: ServerClock) -> Outcome:
        patch.setattr(self, "_search_lag", timedelta(0))
        return look_up(self, charge, clock)

    patch.setattr(ChargeActivities, "_look_up", look_up_early)


def _find_charges(
    patch: pytest.MonkeyPatch, is_it: Callable[[dict[str, str], dict[str, str]], bool]
) -> None:
    def find_charge(self: StripeCards, payment_id: str, attempt: int) -> Outcome | None:
        wanted = {"payment": payment_id, "attempt": str(attempt)}
        query = " AND ".join(f"metadata['{name}']:'{wanted[name]}'" for name in wanted)
        try:
            found = self._stripe.payment_intents.search({"query": query}).data
        except stripe.StripeError as error:
            raise_unavailable(error, "find a charge")
        return first_charged(
            self._outcome(intent)
            for intent in found
            if is_it(wanted, intent.metadata.to_dict() if intent.metadata else {})
        )

    patch.setattr(StripeCards, "find_charge", find_charge)
