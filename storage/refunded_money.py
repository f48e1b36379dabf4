"""What customers got back of a payment, and on what way, as their mails have to say it.

A refund may fail after CreditCardRefunded, which stays: its money is then owed again, until it is
given back by another refund or outside.
"""

from collections.abc import Sequence
from typing import Any
from zlib import crc32

from sqlalchemy import Connection, Row, bindparam, select

from domain.errors import NotFoundError
from domain.events import AmountCredited, CreditCardRefunded
from domain.mail_templates import GivenBack
from domain.payment import Payment
from domain.statuses import WHOLE, RefundState, payment_workflow_id
from storage import events, ledger, tables


def given_back(tx: Connection, payment: Payment) -> GivenBack:
    """A refund that failed after CreditCardRefunded, or replaces such a one, is outstanding."""
    recorded = sum(event["amount"] for event in _events(tx, payment.id, CreditCardRefunded))
    found = _refunds(tx, payment.id)
    # Its event says so only if the refund had not succeeded before.
    outside = sum(one.to_card for one in found if one.status == RefundState.SETTLED_OUTSIDE)
    owed = owed_again(tx, payment.id)
    return GivenBack(
        to_card=max(recorded - owed - outside, 0),
        to_account=to_account(tx, payment.id),
        otherwise=outside,
        outstanding=payment.withdrawn + payment.charged + owed,
    )


def to_account(tx: Connection, payment_id: str) -> int:
    """The cents that the account was credited with."""
    return sum(event["amount"] for event in _events(tx, payment_id, AmountCredited))


def owed_again(tx: Connection, payment_id: str) -> int:
    """The cents of CreditCardRefunded events that failed since; they may be under way again."""
    found = _refunds(tx, payment_id)
    return sum(one.to_card for one in found if one.recorded and _is_unsettled(one))


def under_way(tx: Connection, payment_id: str) -> int:
    """The cents that the payment holds and that a refund has begun to give back, or still owes."""
    found = _refunds(tx, payment_id)
    account = sum(one.to_account for one in found if not one.credited)
    return account + sum(one.to_card for one in found if not one.recorded and _is_unsettled(one))


def is_unsettled(tx: Connection, payment_id: str, sequence: int) -> bool:
    """Whether the refund of this CreditCardRefunded has failed, and is not made good yet."""
    refund = _of_event(tx, payment_id, sequence)
    return refund is not None and _is_unsettled(refund)


def is_settled_outside(tx: Connection, payment_id: str, sequence: int) -> bool:
    """Whether an operator gave back in another way what this CreditCardRefunded says."""
    refund = _of_event(tx, payment_id, sequence)
    return refund is not None and refund.status == RefundState.SETTLED_OUTSIDE


def number_of(reference: str) -> int:
    """A number that tells the refund from others of its payment, in mails' ids, which are short."""
    return crc32(reference.encode())


def by_number(tx: Connection, payment_id: str, number: int) -> Row[Any]:
    """The refund with this `number_of` its reference; raises `NotFoundError`."""
    for refund in _refunds(tx, payment_id):
        if number_of(refund.reference) == number:
            return refund
    raise NotFoundError("refund", str(number))


def first_event(tx: Connection, payment_id: str, reference: str) -> int:
    """The number of the CreditCardRefunded whose money this refund gives back again; 0 if none."""
    for event in events.of_stream(tx, payment_workflow_id(payment_id)):
        chain = _chain(tx, payment_id, event.sequence)
        if any(refund.reference == reference for refund in chain):
            return event.sequence
    return 0


def given_again(tx: Connection, payment_id: str, reference: str, way: str) -> int:
    """The cents of a refund's transfer of that kind: `repaid` to the card, or `outside`."""
    return ledger.find_transfer(tx, transfer_id(payment_id, reference, way)) or 0


def transfer_id(payment_id: str, reference: str, kind: str) -> str:
    """The id of a refund's transfer of that kind, or the idempotency key of the refund."""
    key = f"payment:{payment_id}:{kind}"
    return key if reference == WHOLE else f"{key}:{reference}"


def _of_event(tx: Connection, payment_id: str, sequence: int) -> Row[Any] | None:
    """The refund of this event, or the one that has replaced it since; None without a row."""
    return next(reversed(_chain(tx, payment_id, sequence)), None)


def _chain(tx: Connection, payment_id: str, sequence: int) -> list[Row[Any]]:
    """The refund of this event, and those that have replaced it since, one after the other."""
    table = tables.events
    key = tx.execute(
        select(table.c.key).where(
            table.c.stream == payment_workflow_id(payment_id), table.c.sequence == sequence
        )
    ).scalar_one_or_none()
    number = (key or "").removeprefix(f"{CreditCardRefunded.name()}:")
    reference = WHOLE if number == "1" else number.removeprefix("refund:")
    recorded = {one.reference: one for one in _refunds(tx, payment_id) if one.recorded}
    chain = list[Row[Any]]()
    refund = recorded.get(reference)
    while refund is not None:
        chain.append(refund)
        refund = recorded.get(refund.replaced_by)
    return chain


def _is_unsettled(refund: Row[Any]) -> bool:
    state = RefundState(refund.status)
    return state.is_under_way or (state.is_owed and refund.replaced_by is None)


_OF_PAYMENT = select(tables.refunds).where(tables.refunds.c.payment_id == bindparam("payment_id"))


def _refunds(tx: Connection, payment_id: str) -> Sequence[Row[Any]]:
    return tx.execute(_OF_PAYMENT, {"payment_id": payment_id}).all()


def _events(
    tx: Connection, payment_id: str, kind: type[CreditCardRefunded | AmountCredited]
) -> list[dict[str, Any]]:
    stream = events.of_stream(tx, payment_workflow_id(payment_id))
    return [event.data for event in stream if event.type == kind.name()]
