"""The sequence of steps that an order was placed with, kept with the order."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Migrate to this revision. Orders under way keep NULL: the sequence of their policy."""
    op.add_column("orders", sa.Column("steps", sa.JSON()))


def downgrade() -> None:
    """Migrate back to the previous revision."""
    op.drop_column("orders", "steps")
