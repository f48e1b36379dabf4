"""How far a search of all events has come, since when a mail is deferred, and which is next."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None
oldest_compatible = "0009"


def upgrade() -> None:
    """Migrate to this revision."""
    op.create_table(
        "scan_positions",
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("stream", sa.String(80), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_scan_positions")),
    )
    op.add_column("mails", sa.Column("deferred_at", sa.DateTime(timezone=True)))
    # In the order in which mails are claimed: no claim sorts all that are due.
    op.create_index("ix_mails_due_at_queued_at_id", "mails", ["due_at", "queued_at", "id"])
    op.drop_index("ix_mails_due_at", "mails")


def downgrade() -> None:
    """Migrate back to the previous revision."""
    op.create_index("ix_mails_due_at", "mails", ["due_at"])
    op.drop_index("ix_mails_due_at_queued_at_id", "mails")
    op.drop_column("mails", "deferred_at")
    op.drop_table("scan_positions")
