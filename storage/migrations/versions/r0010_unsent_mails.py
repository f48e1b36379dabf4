"""Why a mail was not sent: it was refused for a reason, or what it says is not true any more."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Migrate to this revision. Mails that were refused before keep NULL as their reason."""
    op.add_column("mails", sa.Column("obsolete_at", sa.DateTime(timezone=True)))
    op.add_column("mails", sa.Column("reason", sa.Text()))
    op.create_index("ix_mails_refused_at", "mails", ["refused_at"])


def downgrade() -> None:
    """Migrate back to the previous revision."""
    op.drop_index("ix_mails_refused_at", "mails")
    op.drop_column("mails", "reason")
    op.drop_column("mails", "obsolete_at")
