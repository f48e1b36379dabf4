"""Refunds: what is given back of a payment, to the card first and then to the account.

A refund reserves its amounts from its beginning, under the payment's lock: however many begin at
once, they never give back more than is held. One that the card provider refuses or that fails is
owed to the customer, and keeps its card's part reserved until that is settled outside, or replaced
by a refund of exactly that part: by an operator who names it, or in the dashboard.
"""

from datetime import datetime
from typing import NamedTuple

from pydantic import AwareDatetime, BaseModel, ConfigDict
from sqlalchemy import ColumnElement, Connection, select, update

from domain.errors import ConflictError, NotFoundError
from domain.events import CreditCardRefunded
from domain.payment import Payment
from domain.statuses import WHOLE, PaymentStatus, RefundReason, RefundState
from storage import payments, refunded_money, tables
from storage.insertion import insert_new


class Refund(BaseModel):
    """A refund of `amount` cents: `to_card` of them to the card, the others `to_account`.

    `to_card` is less than was requested if the dashboard has refunded the difference meanwhile.
    It is `recorded` once CreditCardRefunded is, and `credited` once AmountCredited is; both are
    true from the beginning if there is nothing to record. `failure` is the card provider's reason.
    `replaced_by` is the reference of the refund that gives back what this one could not.
    """

    model_config = ConfigDict(frozen=True)

    payment_id: str
    reference: str
    reason: RefundReason
    amount: int
    to_card: int
    to_account: int
    status: RefundState = RefundState.REQUESTED
    provider_id: str | None = None
    failure: str | None = None
    settled_reason: str | None = None
    recorded: bool
    credited: bool
    replaced_by: str | None = None
    requested_at: AwareDatetime
    updated_at: AwareDatetime

    @property
    def key(self) -> str:
        """The idempotency key for the card provider."""
        return self.transfer_id("refund")

    @property
    def is_owed(self) -> bool:
        """Whether somebody has to give the money back in another way."""
        return self.status.is_owed and self.replaced_by is None

    @property
    def is_under_way(self) -> bool:
        """Whether its workflow is not done with it."""
        return self.status.is_under_way or not self.credited

    @property
    def reserved_on_card(self) -> int:
        """The cents of the charge that no other refund may give back."""
        is_reserving = self.status.is_under_way or self.is_owed
        return self.to_card if is_reserving and not self.recorded else 0

    @property
    def event_number(self) -> int | str:
        """What tells its events from those of the payment's other refunds."""
        if self.reason is RefundReason.OPERATOR:
            return f"refund:{self.reference}"
        return 1 if self.reference == WHOLE else self.reference

    def transfer_id(self, kind: str) -> str:
        """The id of its transfer of that kind, e.g. `credit`."""
        return refunded_money.transfer_id(self.payment_id, self.reference, kind)


class Unreserved(NamedTuple):
    """Cents that can be given back: of the card's charge, and of what the account paid."""

    card: int
    account: int


def begin_whole(tx: Connection, payment_id: str, at: datetime) -> Refund | None:
    """Begin to give back all that is held and not reserved; None, and no change, without any.

    Called again, returns the refund as it is now.
    """
    payment = payments.lock(tx, payment_id)
    known = find(tx, payment_id, WHOLE)
    if known is not None:
        return known
    card, account = unreserved(tx, payment)
    if card + account == 0:
        return None
    payments.begin_refund(tx, payment_id)
    refund = new(payment, WHOLE, card, account, at)
    return _insert(tx, refund.model_copy(update={"reason": RefundReason.ORDER_UNDONE}))


def begin_part(  # noqa: PLR0913, PLR0917  what an operator requests
    tx: Connection,
    payment_id: str,
    reference: str,
    amount: int,
    at: datetime,
    replaces: str | None = None,
) -> tuple[Refund, bool]:
    """Begin to give back `amount` cents of a received payment; also whether this is new.

    With `replaces` it gives back what the refund of that reference could not. Raises
    `ConflictError` if that one is not owed or of another amount, the payment is not received, less
    is held, or the reference was used for another refund.
    """
    payment = payments.lock(tx, payment_id)
    known = of_payment(tx, payment_id)
    if same := [one for one in known if one.reference == reference]:
        _check_same(same[0], amount, replaces, known)
        return same[0], False
    if replaces is not None:
        refund = _replacement(tx, payment, reference, amount, at, replaces)
    elif payment.status.is_open or payment.status is PaymentStatus.CANCELED:
        message = f"The payment is {payment.status}; only a received payment is refunded."
        raise ConflictError(f"{message}{_hint(known, amount)}")
    else:
        card, account = unreserved(tx, payment)
        if amount > card + account:
            message = f"Only {card + account} cents are held that are not being refunded."
            raise ConflictError(f"{message}{_hint(known, amount)}")
        to_card = min(amount, card)
        refund = new(payment, reference, to_card, amount - to_card, at)
    payments.begin_refund(tx, payment_id)
    return _insert(tx, refund), True


def adopt(  # noqa: PLR0913, PLR0917  what the card provider knows of it
    tx: Connection, payment_id: str, reference: str, provider_id: str, amount: int, at: datetime
) -> Refund | None:
    """Write the refund that an older release recorded by its event alone; None if it did not.

    `reference` is `WHOLE`, or the provider's id of a refund that was made in the dashboard.
    """
    payment = payments.find_many(tx, [payment_id]).get(payment_id)
    if payment is None or find(tx, payment_id, reference):
        return None
    is_whole = reference == WHOLE
    refund = new(payment, reference, amount, 0, at, recorded=True).model_copy(
        update={
            "reason": RefundReason.ORDER_UNDONE if is_whole else RefundReason.DASHBOARD,
            "status": RefundState.SUCCEEDED,
            "provider_id": provider_id,
        }
    )
    if not payments.has_event(tx, payment_id, CreditCardRefunded, refund.event_number):
        return None
    return _insert(tx, refund)


def find(tx: Connection, payment_id: str, reference: str) -> Refund | None:
    """The refund of the payment that has this reference."""
    refunds = tables.refunds
    found = select_where(
        tx, (refunds.c.payment_id == payment_id) & (refunds.c.reference == reference)
    )
    return found[0] if found else None


def find_by_provider_id(tx: Connection, provider_id: str) -> Refund | None:
    """The refund that has this id at the card provider."""
    found = select_where(tx, tables.refunds.c.provider_id == provider_id)
    return found[0] if found else None


def of_payment(tx: Connection, payment_id: str) -> list[Refund]:
    """All refunds of the payment, oldest first."""
    return select_where(tx, tables.refunds.c.payment_id == payment_id)


def _check_same(
    refund: Refund, amount: int, replaces: str | None, of_payment: list[Refund]
) -> None:
    """Raise `ConflictError` unless this is what the refund was requested for."""
    if refund.amount != amount:
        message = f"The reference was used for a refund of {refund.amount} cents."
        raise ConflictError(message)
    replaced = [one.reference for one in of_payment if one.replaced_by == refund.reference]
    if replaced != ([replaces] if replaces else []):
        message = f"The reference was used for a refund that replaces {replaced or 'none'}."
        raise ConflictError(message)


def _replacement(  # noqa: PLR0913, PLR0917  what an operator requests
    tx: Connection, payment: Payment, reference: str, amount: int, at: datetime, replaces: str
) -> Refund:
    """A refund in place of the one that is owed; raises `ConflictError` if that is not so."""
    owed = find(tx, payment.id, replaces)
    if owed is None or not owed.is_owed:
        message = f"No refund with the reference {replaces} is owed."
        raise ConflictError(message)
    if owed.to_card != amount:
        message = f"Of the refund {replaces}, {owed.to_card} cents are owed."
        raise ConflictError(message)
    save(tx, owed.model_copy(update={"replaced_by": reference}))
    return new(payment, reference, amount, 0, at, recorded=owed.recorded)


def _hint(of_payment: list[Refund], amount: int) -> str:
    """Which refunds of that amount are owed: the operator may have meant to replace one."""
    owed = [one.reference for one in of_payment if one.is_owed and one.to_card == amount]
    return (
        f" To give back what is owed, name the refund it replaces: {', '.join(owed)}."
        if owed
        else ""
    )


def unreserved(tx: Connection, payment: Payment) -> Unreserved:
    """The cents that are held, and that no refund gives back yet."""
    refunds = of_payment(tx, payment.id)
    card = payment.charged - sum(one.reserved_on_card for one in refunds)
    account = payment.withdrawn - sum(one.to_account for one in refunds if not one.credited)
    return Unreserved(max(card, 0), max(account, 0))


def new(  # noqa: PLR0913  the columns
    payment: Payment,
    reference: str,
    card: int,
    account: int,
    at: datetime,
    *,
    recorded: bool = False,
) -> Refund:
    """A refund of `card` and `account` cents that an operator requests; it is not written yet."""
    return Refund(
        payment_id=payment.id,
        reference=reference,
        reason=RefundReason.OPERATOR,
        amount=card + account,
        to_card=card,
        to_account=account,
        recorded=recorded or card == 0,
        credited=account == 0,
        requested_at=at,
        updated_at=at,
    )


def get(tx: Connection, payment_id: str, reference: str) -> Refund:
    """As `find`; raises `NotFoundError`."""
    found = find(tx, payment_id, reference)
    if found is None:
        raise NotFoundError("refund", reference)
    return found


def _insert(tx: Connection, refund: Refund) -> Refund:
    insert_new(tx, tables.refunds, refund.model_dump())
    return refund


def save(tx: Connection, refund: Refund) -> None:
    """Write the refund as it is now; for `refund_states` and `dashboard_refunds`."""
    refunds = tables.refunds
    is_it = (refunds.c.payment_id == refund.payment_id) & (refunds.c.reference == refund.reference)
    tx.execute(update(refunds).where(is_it).values(refund.model_dump()))


def select_where(tx: Connection, condition: ColumnElement[bool]) -> list[Refund]:
    """The refunds whose rows meet the condition, oldest first."""
    refunds = tables.refunds
    rows = tx.execute(
        select(refunds).where(condition).order_by(refunds.c.requested_at, refunds.c.reference)
    ).mappings()
    return [Refund.model_validate(row) for row in rows]
