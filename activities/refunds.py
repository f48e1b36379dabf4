"""Refund what a card paid."""

import logging
from datetime import UTC, datetime
from itertools import count

from sqlalchemy import Connection

from activities.charge_outcomes import count_mismatch, require_amount
from activities.inputs import PaymentStepInput, RefundStepInput
from activities.payments import RefundableAmounts, still_to_refund
from activities.uninterrupted import uninterrupted_activity
from domain.errors import ConflictError
from domain.money import AmountMismatchError
from domain.statuses import WHOLE, RefundState
from gateways.cards import (
    CardProvider,
    ProviderRefund,
    ProviderUnavailableError,
    RefundRefusedError,
    RefundRequest,
    RefundStatus,
)
from storage import charges, dashboard_refunds, payments, refund_states, refunds, restores
from storage.charges import Charge
from storage.dashboard_refunds import DashboardRefund
from storage.database import Database
from storage.refunds import Refund

ALREADY_REFUNDED = "charge_already_refunded"

log = logging.getLogger(__name__)


class BeginPartialRefundInput(PaymentStepInput):
    """Give back `amount` cents; `reference` identifies the refund within its payment.

    `replaces` is the reference of the one that could not give them back.
    """

    reference: str
    amount: int
    replaces: str | None = None


class RefundActivities:
    """Refunds at the card provider, recorded in the database."""

    def __init__(self, database: Database, cards: CardProvider) -> None:
        """Refunds with `cards`, and records in `database`."""
        self._database = database
        self._cards = cards

    @uninterrupted_activity
    def begin_partial_refund(self, input: BeginPartialRefundInput) -> RefundableAmounts:
        """Begin to refund a part, unless that has begun; return the amounts to refund.

        The API has begun it already, unless a backup was restored since. Raises `ConflictError`
        as long as the refund that it replaces is not known to be owed again.
        """
        with self._database.write() as tx:
            payment = payments.lock(tx, input.payment_id)
            at = max(input.at, payment.updated_at)
            refund = refunds.find(tx, payment.id, input.reference)
            if refund is None:
                if input.replaces is not None:
                    _end_replaced(tx, payment.id, input.replaces, at)
                refund, _ = refunds.begin_part(
                    tx, payment.id, input.reference, input.amount, at, input.replaces
                )
        return still_to_refund(refund, at)

    @uninterrupted_activity
    def refund_card(self, input: RefundStepInput) -> RefundState | None:
        """Refund the card, as far as nobody else has: CreditCardRefunded once it has succeeded.

        Returns the refund's state; None if there is nothing to refund.
        """
        with self._database.read() as tx:
            refund = refunds.find(tx, input.payment_id, input.reference)
            charge = charges.find_paid(tx, input.payment_id)
        if refund is None and input.reference == WHOLE:
            # An older release began it, and wrote no refund.
            with self._database.write() as tx:
                refund = refunds.begin_whole(tx, input.payment_id, input.at)
        if refund is None or charge is None or charge.charge_id is None:
            return None
        if refund.to_card == 0 or refund.status is not RefundState.REQUESTED:
            return refund.status
        known = self._cards.refunds(charge.charge_id)
        if earlier := next((one for one in known if _is(one, refund)), None):
            return self._settle(refund, earlier, charge.currency, input.at)
        given_back = [one for one in known if one.status is not RefundStatus.FAILED]
        self._require_known(refund, given_back)
        if given_back:
            with self._database.write() as tx:
                refund = _limit(tx, refund, charge, given_back, input.at)
            if refund.status is not RefundState.REQUESTED:
                return refund.status
        try:
            made = self._request(refund, charge.charge_id)
        except RefundRefusedError as refusal:
            if refusal.reason == ALREADY_REFUNDED:
                raise  # somebody refunds in the dashboard: the next attempt finds it in the list
            return self._refuse(refund, refusal, input.at)
        return self._settle(refund, made, charge.currency, input.at)

    def _require_known(self, refund: Refund, given_back: list[ProviderRefund]) -> None:
        """After a restore, raise `ProviderUnavailableError` until the books have all of them.

        This refund may be of the same money: it was refused, perhaps, and replaced since the
        backup, or an operator who finds none requests another one.
        """
        with self._database.read() as tx:
            if not restores.is_recent(tx, datetime.now(UTC)):
                return
            ours = {one.reference for one in refunds.of_payment(tx, refund.payment_id)}
        for one in given_back:
            if one.payment_id == refund.payment_id and one.reference and one.reference not in ours:
                message = (
                    f"Payment {refund.payment_id} has the refund {one.refund_id} of {one.amount} "
                    f"minor units at the card provider, and none with its reference in our books. "
                    f"Request it again, with the reference {one.reference}: that has no effect but "
                    f"that it is recorded. Refund {refund.reference} waits until then."
                )
                raise ProviderUnavailableError(message)

    @uninterrupted_activity
    def settle_refund(self, input: RefundStepInput) -> RefundState:
        """Look a pending refund up: CreditCardRefunded once it has succeeded; return its state."""
        with self._database.read() as tx:
            refund = refunds.get(tx, input.payment_id, input.reference)
            currency = payments.find(tx, input.payment_id).currency
        if refund.status is not RefundState.PENDING or refund.provider_id is None:
            return refund.status
        found = self._cards.look_up_refund(refund.provider_id)
        return self._settle(refund, found, currency, input.at)

    def _request(self, refund: Refund, charge_id: str) -> ProviderRefund:
        """Rotate the key if it was used for another amount, or only repeats a fault.

        A key that is exhausted has had no effect: the listing shows every effect at once.
        """
        for number in count(1):
            request = RefundRequest(
                key=refund.key if number == 1 else f"{refund.key}:{number}",
                payment_id=refund.payment_id,
                charge_id=charge_id,
                amount=refund.to_card,
                reference=refund.reference,
            )
            try:
                return self._cards.refund(request)
            except ProviderUnavailableError as fault:
                if not fault.key_exhausted:
                    raise
        raise AssertionError  # `count` has no end

    def _settle(
        self, refund: Refund, found: ProviderRefund, currency: str, at: datetime
    ) -> RefundState:
        """Raises `AmountMismatchError` if it gives back something else than was requested."""
        if found.status is not RefundStatus.FAILED:
            require_amount(
                f"refund {found.refund_id}, {refund.reference} of payment {refund.payment_id}",
                requested=(refund.to_card, currency),
                reported=(found.amount, found.currency),
            )
        with self._database.write() as tx:
            settled = refund_states.settle(
                tx,
                refund,
                RefundState(found.status),
                at,
                provider_id=found.refund_id,
                failure=found.failure,
            )
        if settled.is_owed:
            _alert(settled)
        return settled.status

    def _refuse(self, refund: Refund, refusal: RefundRefusedError, at: datetime) -> RefundState:
        with self._database.write() as tx:
            settled = refund_states.settle(
                tx, refund, RefundState.REFUSED, at, failure=refusal.reason
            )
        _alert(settled)
        return settled.status


def _end_replaced(tx: Connection, payment_id: str, reference: str, at: datetime) -> None:
    """What was replaced had failed, which a restored database may not know."""
    replaced = refunds.find(tx, payment_id, reference)
    is_forgotten = restores.is_recent(tx, datetime.now(UTC))
    if replaced is not None and is_forgotten and replaced.status is RefundState.REQUESTED:
        refund_states.settle(tx, replaced, RefundState.FAILED, at, failure="replaced")


def _is(found: ProviderRefund, refund: Refund) -> bool:
    """Whether it is ours, e.g. because the answer to its request was lost.

    Releases before refunds had references refunded all that was held.
    """
    reference = found.reference or (WHOLE if found.payment_id else None)
    return (found.payment_id, reference) == (refund.payment_id, refund.reference)


def _limit(
    tx: Connection, refund: Refund, charge: Charge, given_back: list[ProviderRefund], at: datetime
) -> Refund:
    """The refund, less what was refunded in the dashboard: its webhook may be late or lost."""
    left = charge.amount - sum(one.amount for one in given_back)
    if refund.recorded:
        # It gives back what is owed already: the dashboard refund repays what it does not.
        refund = refund_states.limit_to(tx, refund, left, at)
    for one in given_back:
        if one.payment_id is None and one.status is RefundStatus.SUCCEEDED:
            made = DashboardRefund(
                refund_id=one.refund_id,
                charge_id=one.charge_id,
                amount=one.amount,
                currency=one.currency,
                made_at=datetime.now(UTC),
            )
            try:
                dashboard_refunds.record(tx, made, at)
            except AmountMismatchError:
                count_mismatch()
                raise
            except ConflictError as error:
                log.warning("refund %s is recorded by its webhook: %s", one.refund_id, error)
    return refund_states.limit_to(tx, refund, left, at)


def _alert(refund: Refund) -> None:
    log.error(
        "refund %s of payment %s is %s (%s): %d minor units are owed to the customer. Refund them "
        "under another reference that replaces it, or settle it outside; see docs/operations.md",
        *(refund.reference, refund.payment_id, refund.status, refund.failure, refund.to_card),
    )
