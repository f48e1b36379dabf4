"""Why a mail was not sent: it was refused for a reason, or what it says is not true any more.

Customers are notified of more events from now on. Those recorded so far get a mail that is not
sent, so that each event has one.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None
oldest_compatible = "0009"

_REASON = "Recorded by a release that sent no mail about it."

_events = sa.table(
    "events",
    sa.column("stream", sa.String),
    sa.column("sequence", sa.Integer),
    sa.column("type", sa.String),
    sa.column("at"),
)
_mails = sa.table(
    "mails",
    sa.column("id", sa.String),
    sa.column("customer_id"),
    sa.column("subject"),
    sa.column("text"),
    sa.column("queued_at"),
    sa.column("obsolete_at"),
    sa.column("reason"),
)


def upgrade() -> None:
    """Migrate to this revision. Mails that were refused before keep NULL as their reason."""
    op.add_column("mails", sa.Column("obsolete_at", sa.DateTime(timezone=True)))
    op.add_column("mails", sa.Column("reason", sa.Text()))
    op.create_index("ix_mails_refused_at", "mails", ["refused_at"])
    sequence = sa.cast(_events.c.sequence, sa.String)
    earlier = _events.alias()
    is_canceled = sa.exists().where(
        earlier.c.stream == _events.c.stream,
        earlier.c.type == "PaymentCanceled",
        earlier.c.sequence < _events.c.sequence,
    )
    op.execute(_unsent("payment", "CreditCardFailed", sa.literal("failed")))
    op.execute(_unsent("payment", "CreditCardRefunded", sa.literal("refunded:") + sequence))
    credited = _unsent(
        "payment", "AmountCredited", sa.literal("credited:") + sequence, ~is_canceled
    )
    op.execute(credited)
    op.execute(_unsent("order", "OrderNotFulfilled", sa.literal("canceled")))


def downgrade() -> None:
    """Migrate back to the previous revision."""
    op.execute(_mails.delete().where(_mails.c.reason == _REASON))
    op.drop_index("ix_mails_refused_at", "mails")
    op.drop_column("mails", "reason")
    op.drop_column("mails", "obsolete_at")


def _unsent(
    subject: str, event: str, kind: sa.ColumnElement[str], *conditions: sa.ColumnElement[bool]
) -> sa.Insert:
    """One mail for each of these events; of several with the same id, for the first."""
    owners = sa.table(f"{subject}s", sa.column("id", sa.String), sa.column("customer_id"))
    id = sa.literal(f"{subject}:") + owners.c.id + ":" + kind
    at = sa.func.min(_events.c.at)
    rows = (
        sa.select(
            id,
            owners.c.customer_id,
            sa.literal("Not sent"),
            sa.literal(_REASON),
            at,
            at,
            sa.literal(_REASON),
        )
        .join(owners, _events.c.stream == sa.literal(f"{subject}/") + owners.c.id)
        .where(_events.c.type == event, ~sa.exists().where(_mails.c.id == id), *conditions)
        .group_by(id, owners.c.customer_id)
    )
    return _mails.insert().from_select(list(_mails.c.keys()), rows)
