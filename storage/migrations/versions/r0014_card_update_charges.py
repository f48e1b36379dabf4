"""The charges that a card update may cause, and the updates that go on after their requests."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None
oldest_compatible = "0009"


def upgrade() -> None:
    """Migrate to this revision."""
    op.add_column("card_updates", sa.Column("charges", sa.Integer()))
    op.add_column("card_updates", sa.Column("pending_card", sa.Text()))


def downgrade() -> None:
    """Migrate back to the previous revision."""
    op.drop_column("card_updates", "pending_card")
    op.drop_column("card_updates", "charges")
