"""What customers got back of a payment, and on what way, as their mails have to say it.

A refund may fail after CreditCardRefunded, which stays: its money is then owed again, until it is
given back by another refund or outside.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, select

from domain.events import AmountCredited, CreditCardRefunded
from domain.mail_templates import GivenBack
from domain.payment import Payment
from domain.statuses import WHOLE, RefundState, payment_workflow_id
from storage import events, tables


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


def _of_event(tx: Connection, payment_id: str, sequence: int) -> Row[Any] | None:
    """The refund of this event, or the one that has replaced it since; None without a row."""
    table = tables.events
    key = tx.execute(
        select(table.c.key).where(
            table.c.stream == payment_workflow_id(payment_id), table.c.sequence == sequence
        )
    ).scalar_one_or_none()
    number = (key or "").removeprefix(f"{CreditCardRefunded.name()}:")
    reference = WHOLE if number == "1" else number.removeprefix("refund:")
    recorded = {one.reference: one for one in _refunds(tx, payment_id) if one.recorded}
    refund = recorded.get(reference)
    while refund is not None and refund.replaced_by in recorded:
        refund = recorded[refund.replaced_by]
    return refund


def _is_unsettled(refund: Row[Any]) -> bool:
    state = RefundState(refund.status)
    return state.is_under_way or (state.is_owed and refund.replaced_by is None)


def _refunds(tx: Connection, payment_id: str) -> Sequence[Row[Any]]:
    refunds = tables.refunds
    return tx.execute(select(refunds).where(refunds.c.payment_id == payment_id)).all()


def _events(
    tx: Connection, payment_id: str, kind: type[CreditCardRefunded | AmountCredited]
) -> list[dict[str, Any]]:
    stream = events.of_stream(tx, payment_workflow_id(payment_id))
    return [event.data for event in stream if event.type == kind.name()]
