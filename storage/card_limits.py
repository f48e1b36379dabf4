"""Cards that are not charged: declined hard before, or at the limit of their card network."""

from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, func, or_, select

from domain import declines
from domain.declines import HARD_CODES, Advice, Limits
from domain.payment import PaymentFailure
from storage import tables
from storage.charge_rows import IS_OF_ATTEMPT, MAY_TAKE_MONEY, Charge
from storage.charges import is_saved


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


_FAILURE = tables.charges.c.failure
_HARD_DECLINES = (
    select(_FAILURE)
    .where(
        or_(
            and_(
                tables.charges.c.payment_id == bindparam("payment_id"),
                tables.charges.c.payment_method == bindparam("payment_method"),
            ),
            # Nothing equals a fingerprint that is null.
            tables.charges.c.fingerprint == bindparam("fingerprint"),
        ),
        tables.charges.c.charge_id.is_(None),
        or_(
            _FAILURE["decline_code"].as_string().in_(HARD_CODES),
            _FAILURE["code"].as_string().in_(HARD_CODES),
            _FAILURE["advice_code"].as_string() == Advice.DO_NOT_TRY_AGAIN,
        ),
    )
    .order_by(tables.charges.c.asked_at)
)


def _hard_decline(tx: Connection, charge: Charge) -> PaymentFailure | None:
    """The earliest decline after which the card is not charged again."""
    card = charge.model_dump(include={"payment_id", "payment_method", "fingerprint"})
    rows = tx.execute(_HARD_DECLINES, card).scalars()
    found = (PaymentFailure.model_validate(row) for row in rows)
    return next((one for one in found if one.is_hard), None)


_WAS_SENT = func.coalesce(_FAILURE["decline_code"].as_string(), "") != declines.RETRY_LIMIT
_COUNT_OTHERS = select(
    func.count().filter(_FAILURE.is_not(None), _WAS_SENT),
    func.count().filter(MAY_TAKE_MONEY),
).where(
    tables.charges.c.fingerprint == bindparam("fingerprint"),
    ~IS_OF_ATTEMPT,
    tables.charges.c.asked_at > bindparam("since"),
)


def _is_at_limit(tx: Connection, charge: Charge, now: datetime, limits: Limits) -> bool:
    """Whether the network allows no further attempt; raises `UndecidedChargesError`."""
    if tx.dialect.name == "postgresql":
        # Transactions that begin charges of one card would not see each other's.
        key = func.hashtextextended(charge.fingerprint, 0)
        tx.execute(select(func.pg_advisory_xact_lock(key)))
    others = {"fingerprint": charge.fingerprint} | charge.row_key
    for period, limit in limits.get(charge.brand or "", declines.OTHER_NETWORKS):
        declined, undecided = tx.execute(_COUNT_OTHERS, others | {"since": now - period}).one()
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
