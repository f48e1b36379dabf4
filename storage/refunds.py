"""Refunds: what is given back of a payment, to the card first and then to the account.

A refund reserves its amounts from its beginning, under the payment's lock: however many begin at
once, they never give back more than is held. One that the card provider refuses or that fails is
owed to the customer, and keeps its card's part reserved until that is settled outside, or replaced
by a refund of exactly that part: by an operator under another reference, or in the dashboard.
"""

from datetime import datetime
from typing import NamedTuple

from pydantic import AwareDatetime, BaseModel, ConfigDict
from sqlalchemy import ColumnElement, Connection, and_, func, select, update

from domain.errors import ConflictError, NotFoundError
from domain.events import AmountCredited, CreditCardRefunded
from domain.payment import Payment
from domain.statuses import WHOLE, PaymentStatus, RefundReason, RefundState
from storage import payments, tables
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
        return self._key("refund")

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
    def events(self) -> list[str]:
        """The names of those of its events that are recorded, by itself or by what it repays."""
        is_recorded = self.to_card > 0 and self.recorded and not self.status.is_under_way
        card = [CreditCardRefunded.name()] if is_recorded else []
        account = [AmountCredited.name()] if self.to_account and self.credited else []
        return card + account

    @property
    def event_number(self) -> int | str:
        """What tells its events from those of the payment's other refunds."""
        if self.reason is RefundReason.OPERATOR:
            return f"refund:{self.reference}"
        return 1 if self.reference == WHOLE else self.reference

    def transfer_id(self, kind: str) -> str:
        """The id of its transfer of that kind, e.g. `credit`."""
        return self._key(kind)

    def _key(self, kind: str) -> str:
        key = f"payment:{self.payment_id}:{kind}"
        return key if self.reference == WHOLE else f"{key}:{self.reference}"


class Unreserved(NamedTuple):
    """Cents that can be given back: of the card's charge, and of what the account paid."""

    card: int
    account: int


def begin_whole(tx: Connection, payment_id: str, at: datetime) -> Refund | None:
    """Begin to give back all that is held and not reserved; None if that is nothing.

    Called again, returns the refund as it is now.
    """
    payment = payments.lock(tx, payment_id)
    known = find(tx, payment_id, WHOLE)
    if known is not None:
        return known
    card, account = unreserved(tx, payment)
    payments.begin_refund(tx, payment_id)
    if card + account == 0:
        return None
    refund = new(payment, WHOLE, card, account, at)
    return _insert(tx, refund.model_copy(update={"reason": RefundReason.ORDER_UNDONE}))


def begin_part(
    tx: Connection, payment_id: str, reference: str, amount: int, at: datetime
) -> tuple[Refund, bool]:
    """Begin to give back `amount` cents of a received payment; also whether this is new.

    If a refund of this amount is owed, this one replaces it. Raises `ConflictError` if the
    reference was used for another amount, the payment is not received, or less is held.
    """
    payment = payments.lock(tx, payment_id)
    known = find(tx, payment_id, reference)
    if known is not None:
        if known.amount != amount:
            message = f"The reference was used for a refund of {known.amount} cents."
            raise ConflictError(message)
        return known, False
    owed = [one for one in of_payment(tx, payment_id) if one.is_owed and one.to_card == amount]
    if owed:
        refund = new(payment, reference, amount, 0, at, recorded=owed[0].recorded)
        save(tx, owed[0].model_copy(update={"replaced_by": reference}))
    elif payment.status.is_open or payment.status is PaymentStatus.CANCELED:
        message = f"The payment is {payment.status}; only a received payment is refunded."
        raise ConflictError(message)
    else:
        card, account = unreserved(tx, payment)
        if amount > card + account:
            message = f"Only {card + account} cents are held that are not being refunded."
            raise ConflictError(message)
        to_card = min(amount, card)
        refund = new(payment, reference, to_card, amount - to_card, at)
    payments.begin_refund(tx, payment_id)
    return _insert(tx, refund), True


def adopt(
    tx: Connection, payment_id: str, provider_id: str, amount: int, at: datetime
) -> Refund | None:
    """Write the refund that an older release recorded by its event alone; None if it did not."""
    payment = payments.find_many(tx, [payment_id]).get(payment_id)
    if payment is None or payment.refunded < amount or find(tx, payment_id, WHOLE):
        return None
    refund = new(payment, WHOLE, amount, 0, at, recorded=True).model_copy(
        update={
            "reason": RefundReason.ORDER_UNDONE,
            "status": RefundState.SUCCEEDED,
            "provider_id": provider_id,
        }
    )
    return _insert(tx, refund)


def find(tx: Connection, payment_id: str, reference: str) -> Refund | None:
    """The refund of the payment that has this reference."""
    refunds = tables.refunds
    found = _select(tx, (refunds.c.payment_id == payment_id) & (refunds.c.reference == reference))
    return found[0] if found else None


def find_by_provider_id(tx: Connection, provider_id: str) -> Refund | None:
    """The refund that has this id at the card provider."""
    found = _select(tx, tables.refunds.c.provider_id == provider_id)
    return found[0] if found else None


def of_payment(tx: Connection, payment_id: str) -> list[Refund]:
    """All refunds of the payment, oldest first."""
    return _select(tx, tables.refunds.c.payment_id == payment_id)


def is_owed() -> ColumnElement[bool]:
    """The condition that a row of `refunds` waits for somebody."""
    refunds = tables.refunds
    owed = [state for state in RefundState if state.is_owed]
    return and_(refunds.c.status.in_(owed), refunds.c.replaced_by.is_(None))


def count_owed(tx: Connection) -> int:
    """How many refunds wait for somebody."""
    return tx.execute(
        select(func.count()).select_from(tables.refunds).where(is_owed())
    ).scalar_one()


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


def _select(tx: Connection, condition: ColumnElement[bool]) -> list[Refund]:
    refunds = tables.refunds
    rows = tx.execute(
        select(refunds).where(condition).order_by(refunds.c.requested_at, refunds.c.reference)
    ).mappings()
    return [Refund.model_validate(row) for row in rows]
