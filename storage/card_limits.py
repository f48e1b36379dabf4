"""Cards that are not charged: declined hard before, or at the limit of their card network."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from domain import declines
from domain.declines import HARD_CODES, Advice, Limits
from domain.payment import PaymentFailure
from storage import tables
from storage.charges import Charge


class UndecidedChargesError(Exception):
    """The card's network may allow no further attempt: that depends on charges under way.

    A fault: retry until they are decided.
    """


class _Card(NamedTuple):
    fingerprint: str | None
    brand: str | None


def find_refusal(
    tx: Connection, charge: Charge, now: datetime, limits: Limits
) -> PaymentFailure | None:
    """Why the card of a new charge must not be charged; None if it may be.

    Call it in the transaction that begins the charge, and settle the charge in it if it is refused.
    The card is recognised by its fingerprint, whatever payment or customer it was given for; within
    one payment also by its payment method. Without `limits` only hard declines count. Raises
    `UndecidedChargesError`.
    """
    if charge.payment_method is None:
        return None
    card = _card_of(tx, charge)
    if declined := _hard_decline(tx, charge, card.fingerprint):
        message = declines.sentence(declined.code, declined.decline_code)
        return declined.model_copy(update={"message": message})
    if card.fingerprint and limits and _is_at_limit(tx, card, charge, now, limits):
        return PaymentFailure(
            code=declines.CARD_DECLINED,
            decline_code=declines.RETRY_LIMIT,
            message=declines.sentence(declines.CARD_DECLINED, declines.RETRY_LIMIT),
        )
    return None


def _card_of(tx: Connection, charge: Charge) -> _Card:
    """What is known of the charge's card, which may be the customer's."""
    charges, payments, customers = tables.charges, tables.payments, tables.customers
    row = tx.execute(
        select(
            charges.c.fingerprint,
            customers.c.payment_method,
            customers.c.fingerprint.label("customers"),
            customers.c.card,
        )
        .join(payments, payments.c.id == charges.c.payment_id)
        .join(customers, customers.c.id == payments.c.customer_id)
        .where(_is(charge))
    ).one()
    is_customers = row.payment_method == charge.payment_method
    fingerprint = row.fingerprint or (row.customers if is_customers else None)
    is_customers = is_customers or (fingerprint is not None and fingerprint == row.customers)
    return _Card(fingerprint, row.card["brand"] if is_customers and row.card else None)


def _hard_decline(tx: Connection, charge: Charge, fingerprint: str | None) -> PaymentFailure | None:
    """The earliest decline after which the card is not charged again."""
    charges = tables.charges
    failure = charges.c.failure
    same_method = and_(
        charges.c.payment_id == charge.payment_id, charges.c.payment_method == charge.payment_method
    )
    same_card = (
        or_(same_method, charges.c.fingerprint == fingerprint) if fingerprint else same_method
    )
    rows = tx.execute(
        select(failure)
        .where(
            same_card,
            charges.c.charge_id.is_(None),
            or_(
                failure["decline_code"].as_string().in_(HARD_CODES),
                failure["code"].as_string().in_(HARD_CODES),
                failure["advice_code"].as_string() == Advice.DO_NOT_TRY_AGAIN,
            ),
        )
        .order_by(charges.c.asked_at)
    ).scalars()
    found = (PaymentFailure.model_validate(row) for row in rows)
    return next((one for one in found if one.is_hard), None)


def _is_at_limit(
    tx: Connection, card: _Card, charge: Charge, now: datetime, limits: Limits
) -> bool:
    """Whether the network allows no further attempt; raises `UndecidedChargesError`."""
    if tx.dialect.name == "postgresql":
        # Transactions that begin charges of one card would not see each other's.
        key = func.hashtextextended(card.fingerprint, 0)
        tx.execute(select(func.pg_advisory_xact_lock(key)))
    charges = tables.charges
    failure = charges.c.failure
    was_sent = func.coalesce(failure["decline_code"].as_string(), "") != declines.RETRY_LIMIT
    is_decided = or_(charges.c.charge_id.is_not(None), failure.is_not(None))
    others = and_(charges.c.fingerprint == card.fingerprint, ~_is(charge))
    for period, limit in limits.get(card.brand or "", declines.STRICTEST):
        declined, undecided = tx.execute(
            select(
                func.count().filter(failure.is_not(None), was_sent),
                func.count().filter(~is_decided),
            ).where(others, charges.c.asked_at > now - period)
        ).one()
        if declined >= limit:
            return True
        if declined + undecided >= limit:
            message = (
                f"The card of {charge.key} was declined {declined} times, and {undecided} charges "
                f"of it are undecided; its network allows {limit} declines."
            )
            raise UndecidedChargesError(message)
    return False


def _is(charge: Charge) -> ColumnElement[bool]:
    charges = tables.charges
    return and_(charges.c.payment_id == charge.payment_id, charges.c.attempt == charge.attempt)
