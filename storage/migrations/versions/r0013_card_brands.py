"""The brand of a charge's card, whose network limits how often the card may be declined."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None
oldest_compatible = "0009"


def upgrade() -> None:
    """Migrate to this revision. Earlier charges have an outcome, or get a brand if begun anew."""
    op.add_column("charges", sa.Column("brand", sa.Text()))


def downgrade() -> None:
    """Migrate back to the previous revision."""
    op.drop_column("charges", "brand")
