"""Which of our payments a charge of the card provider belongs to."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from storage import charges, tables

CLOCK_TOLERANCE = timedelta(minutes=5)
"""How far our clock may be from the card provider's; webhooks signed further off are refused."""

LOST_ANSWER_WINDOW = timedelta(days=3)
"""How long the answer to a charge may be outstanding: as long as Stripe redelivers an event. The
audit finds answers that are lost for longer, e.g. of a payment whose workflow was terminated.
"""


def find_payment_id(tx: Connection, charge_id: str) -> str | None:
    """The id of the payment whose paid or open charge has this id at the card provider."""
    charges, open_charges = tables.charges, tables.open_charges
    paid = select(charges.c.payment_id).where(charges.c.charge_id == charge_id)
    left_open = select(open_charges.c.payment_id).where(open_charges.c.open_id == charge_id)
    return tx.execute(paid.union(left_open)).scalar_one_or_none()


def may_be_unanswered(tx: Connection, at: datetime) -> bool:
    """Whether a charge that is unknown to us may be one of ours whose answer is outstanding.

    `at` is a moment after the charge. Ask before `find_payment_id`: the answer may be recorded in
    between.
    """
    return charges.any_unanswered(tx, at - LOST_ANSWER_WINDOW, at + CLOCK_TOLERANCE)
