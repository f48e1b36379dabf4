"""Card money in the ledger: a transfer for each charge and each refund of a card so far."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None
oldest_compatible = "0009"

_CARDS, _RECEIPTS = "cards:stripe", "receipts"
_POSTED = {
    "CreditCardCharged": ("charge", _CARDS, _RECEIPTS),
    "CreditCardRefunded": ("refund", _RECEIPTS, _CARDS),
}
"""By event: the kind of its transfer, the account debited, and the account credited."""

_accounts = sa.table(
    "accounts", sa.column("id"), sa.column("currency"), sa.column("balance"), sa.column("overdraft")
)
_transfers = sa.table(
    "transfers",
    sa.column("id"),
    sa.column("debit_account"),
    sa.column("credit_account"),
    sa.column("amount"),
    sa.column("currency"),
    sa.column("at"),
)
_payments = sa.table("payments", sa.column("id", sa.String), sa.column("currency"))
_events = sa.table(
    "events",
    sa.column("stream", sa.String),
    sa.column("key", sa.String),
    sa.column("type"),
    sa.column("at"),
    sa.column("data", sa.JSON()),
)
_OF_CARDS = sa.and_(
    _transfers.c.debit_account.in_([_CARDS, _RECEIPTS]),
    _transfers.c.credit_account.in_([_CARDS, _RECEIPTS]),
)


def upgrade() -> None:
    """Migrate to this revision. The transfers get the ids that they have from now on."""
    currency = sa.select(sa.func.min(_payments.c.currency)).scalar_subquery()
    if op.get_bind().execute(sa.select(currency)).scalar_one() is None:
        return
    for account in (_CARDS, _RECEIPTS):
        is_there = sa.exists().where(_accounts.c.id == account)
        row = sa.select(sa.literal(account), currency, sa.literal(0), sa.true()).where(~is_there)
        op.execute(_accounts.insert().from_select(list(_accounts.c.keys()), row))
    for event in _POSTED:
        op.execute(_posting(event))
    _change_balances(1)


def downgrade() -> None:
    """Migrate back to the previous revision."""
    _change_balances(-1)
    op.execute(_transfers.delete().where(_OF_CARDS))
    is_used = sa.exists().where(
        sa.or_(_transfers.c.debit_account == _CARDS, _transfers.c.credit_account == _CARDS)
    )
    op.execute(_accounts.delete().where(_accounts.c.id == _CARDS, ~is_used))


def _posting(event: str) -> sa.Insert:
    kind, debit, credit = _POSTED[event]
    number = sa.func.substr(_events.c.key, len(f"{event}:") + 1)
    rows = (
        sa.select(
            sa.literal("payment:") + _payments.c.id + f":{kind}:" + number,
            sa.literal(debit),
            sa.literal(credit),
            sa.cast(_events.c.data["amount"].as_string(), sa.BigInteger),
            _payments.c.currency,
            _events.c.at,
        )
        .join(_payments, _events.c.stream == sa.literal("payment/") + _payments.c.id)
        .where(_events.c.type == event)
    )
    return _transfers.insert().from_select(list(_transfers.c.keys()), rows)


def _change_balances(factor: int) -> None:
    """By the sum of the transfers of cards, `factor` times."""
    amount = sa.case(
        (_transfers.c.debit_account == _CARDS, _transfers.c.amount), else_=-_transfers.c.amount
    )
    held = sa.select(sa.func.coalesce(sa.func.sum(amount), 0)).where(_OF_CARDS).scalar_subquery()
    for account, sign in ((_CARDS, -1), (_RECEIPTS, 1)):
        changed = _accounts.c.balance + sign * factor * held
        op.execute(
            _accounts.update()
            .where(_accounts.c.id == account)
            .values(balance=sa.cast(changed, sa.BigInteger))
        )
