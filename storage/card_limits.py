"""Cards that are not charged: declined hard before, or at the limit of their card network."""

from datetime import datetime

from sqlalchemy import Connection, and_, func, or_, select

from domain import declines
from domain.declines import HARD_CODES, Advice, Limits
from domain.payment import PaymentFailure
from storage import tables
from storage.charge_rows import Charge, is_row_of
from storage.charges import is_saved, may_take_money


class UndecidedChargesError(Exception):
    """The card's network may allow no further attempt: that depends on charges under way.

    Try again when they are decided.
    """


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
    if declined := _hard_decline(tx, charge):
        message = declines.sentence(declined.code, declined.decline_code)
        return declined.model_copy(update={"message": message})
    if charge.fingerprint and limits and _is_at_limit(tx, charge, now, limits):
        return PaymentFailure(
            code=declines.CARD_DECLINED,
            decline_code=declines.RETRY_LIMIT,
            message=declines.sentence(declines.CARD_DECLINED, declines.RETRY_LIMIT),
        )
    return None


def _hard_decline(tx: Connection, charge: Charge) -> PaymentFailure | None:
    """The earliest decline after which the card is not charged again."""
    charges = tables.charges
    failure = charges.c.failure
    same_method = and_(
        charges.c.payment_id == charge.payment_id, charges.c.payment_method == charge.payment_method
    )
    same_card = (
        or_(same_method, charges.c.fingerprint == charge.fingerprint)
        if charge.fingerprint
        else same_method
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


def _is_at_limit(tx: Connection, charge: Charge, now: datetime, limits: Limits) -> bool:
    """Whether the network allows no further attempt; raises `UndecidedChargesError`."""
    if tx.dialect.name == "postgresql":
        # Transactions that begin charges of one card would not see each other's.
        key = func.hashtextextended(charge.fingerprint, 0)
        tx.execute(select(func.pg_advisory_xact_lock(key)))
    charges = tables.charges
    failure = charges.c.failure
    was_sent = func.coalesce(failure["decline_code"].as_string(), "") != declines.RETRY_LIMIT
    is_undecided = and_(*may_take_money())
    others = and_(charges.c.fingerprint == charge.fingerprint, ~is_row_of(charge))
    for period, limit in limits.get(charge.brand or "", declines.OTHER_NETWORKS):
        declined, undecided = tx.execute(
            select(
                func.count().filter(failure.is_not(None), was_sent),
                func.count().filter(is_undecided),
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


def last_card_is_saved(tx: Connection, payment_id: str) -> bool:
    """Whether the payment's last card is saved at the provider, so that it can be charged again."""
    charges = tables.charges
    last = select(charges).where(charges.c.payment_id == payment_id)
    row = tx.execute(last.order_by(charges.c.attempt.desc()).limit(1)).mappings().one_or_none()
    if row is None or row["provider_customer"] is None:
        return False
    return is_saved(tx, row["provider_customer"], row["payment_method"])
