"""Indexes over open disputes and declined payments only, instead of one over all payments."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None
oldest_compatible = "0009"

_OPEN = sa.text("status NOT IN ('lost', 'not_actionable', 'prevented', 'warning_closed', 'won')")
_DECLINED = sa.text("waiting_since IS NOT NULL")


def upgrade() -> None:
    """Migrate to this revision. The new index of payments serves older releases' query, too."""
    # First, because it waits for transactions that have read the table: after the creation of an
    # index these would wait for this transaction, to write to the table.
    op.drop_index("ix_payments_waiting_since_status", "payments")
    op.create_index(
        "ix_payments_declined",
        "payments",
        ["status"],
        sqlite_where=_DECLINED,
        postgresql_where=_DECLINED,
    )
    op.create_index(
        "ix_disputes_open", "disputes", ["kind"], sqlite_where=_OPEN, postgresql_where=_OPEN
    )


def downgrade() -> None:
    """Migrate back to the previous revision."""
    op.drop_index("ix_disputes_open", "disputes")
    op.drop_index("ix_payments_declined", "payments")
    op.create_index("ix_payments_waiting_since_status", "payments", ["waiting_since", "status"])
