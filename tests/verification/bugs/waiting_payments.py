"""Bugs about a payment that waits for a card, and about what is given back."""

import asyncio
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import Connection
from temporalio import workflow

from activities.charges import ChargeCardResult
from activities.payments import PaymentActivities
from storage import charges, ledger, payments, refunds
from storage.charges import Charge
from storage.refunds import Refund
from workflows.messages import PaymentResult
from workflows.payment import PaymentWorkflow


def leave_a_charge_at_the_deadline(patch: pytest.MonkeyPatch) -> None:
    """A charge that is under way at the deadline is not waited for."""
    charge_credit_card = PaymentWorkflow._charge_credit_card

    async def charge_until_deadline(self: PaymentWorkflow) -> None:
        charging = asyncio.create_task(charge_credit_card(self))
        if self._waiting:
            left = self._waiting.deadline - workflow.now()
            try:
                await workflow.wait_condition(charging.done, timeout=left)
            except TimeoutError:
                return
        await charging

    patch.setattr(PaymentWorkflow, "_charge_credit_card", charge_until_deadline)


def forget_a_card_given_during_a_charge(patch: pytest.MonkeyPatch) -> None:
    """Only a card that comes while the payment waits is noticed."""
    charge_credit_card = PaymentWorkflow._charge_credit_card

    async def charge(self: PaymentWorkflow) -> None:
        await charge_credit_card(self)
        self._new_card = None

    patch.setattr(PaymentWorkflow, "_charge_credit_card", charge)


def move_the_deadline(patch: pytest.MonkeyPatch) -> None:
    """Each declined card begins the two weeks anew."""
    charge_credit_card = PaymentWorkflow._charge_credit_card

    async def charge(self: PaymentWorkflow) -> None:
        await charge_credit_card(self)
        if self._waiting:
            moved = {"waiting_since": workflow.now()}
            self._charge = self._charge.model_copy(update=moved)

    patch.setattr(PaymentWorkflow, "_charge_credit_card", charge)


def remind_at_the_deadline(patch: pytest.MonkeyPatch) -> None:
    """Once more, when it is too late."""
    cancel = PaymentWorkflow._cancel_payment

    async def remind_and_cancel(self: PaymentWorkflow) -> PaymentResult:
        if self._waiting and workflow.now() >= self._waiting.deadline:
            await self._remind_customer()
        return await cancel(self)

    patch.setattr(PaymentWorkflow, "_cancel_payment", remind_and_cancel)


def keep_what_was_withdrawn(patch: pytest.MonkeyPatch) -> None:
    """A compensation is skipped: the account gets nothing back, canceled or refunded."""
    transfer = ledger.transfer

    def take_only(tx: Connection, id: str, *, debit: str, **others: Any) -> bool:
        if debit == ledger.RECEIPTS:
            return False
        return transfer(tx, id, debit=debit, **others)

    patch.setattr(ledger, "transfer", take_only)


def drop_the_withdrawals_key(patch: pytest.MonkeyPatch) -> None:
    """Each time the activity is carried out, the account is debited."""
    transfer, numbers = ledger.transfer, count(1)

    def transfer_again(tx: Connection, id: str, **what: Any) -> bool:
        return transfer(tx, f"{id}:{next(numbers)}", **what)

    def never_found(tx: Connection, id: str) -> int | None:
        return None

    patch.setattr(ledger, "transfer", transfer_again)
    patch.setattr(ledger, "find_transfer", never_found)


def charge_the_whole_amount(patch: pytest.MonkeyPatch) -> None:
    """The card is asked for what the account has paid already."""
    begin_charge = charges.begin

    def begin(tx: Connection, payment_id: str, *arguments: Any, **known: Any) -> Charge:
        charge = begin_charge(tx, payment_id, *arguments, **known)
        return charge.model_copy(update={"amount": payments.find(tx, payment_id).amount})

    patch.setattr(charges, "begin", begin)


def end_a_refused_payment(patch: pytest.MonkeyPatch) -> None:
    """A request that the card provider does not understand ends the payment."""

    async def end(self: PaymentWorkflow, pause: timedelta, parked: ChargeCardResult) -> bool:
        del pause, parked
        self._give_up()
        return True

    patch.setattr(PaymentWorkflow, "_ends_within", end)


def refund_only_the_card(patch: pytest.MonkeyPatch) -> None:
    """What was withdrawn from the account is forgotten in a refund."""
    begin_whole = refunds.begin_whole

    def begin(tx: Connection, payment_id: str, at: datetime) -> Refund | None:
        refund = begin_whole(tx, payment_id, at)
        return refund and refund.model_copy(update={"to_account": 0})

    patch.setattr(refunds, "begin_whole", begin)


def cancel_in_a_local_activity(patch: pytest.MonkeyPatch) -> None:
    """A payment is canceled before the server has the decision: another may take its place."""
    _do_early(patch, PaymentActivities.cancel_payment)


def remind_in_a_local_activity(patch: pytest.MonkeyPatch) -> None:
    """A customer is reminded before the server has the decision."""
    _do_early(patch, PaymentActivities.remind_customer)


def _do_early(patch: pytest.MonkeyPatch, step: Any) -> None:
    execute = workflow.execute_activity_method

    def execute_early(activity: Any, input: Any, **config: Any) -> Any:
        wait_for = workflow.execute_local_activity_method if activity == step else execute
        return wait_for(activity, input, **config)

    patch.setattr(workflow, "execute_activity_method", execute_early)
