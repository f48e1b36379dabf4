"""An index of charges by the card provider's id, which dashboard refunds name."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Migrate to this revision."""
    op.create_index(op.f("ix_charges_charge_id"), "charges", ["charge_id"])


def downgrade() -> None:
    """Migrate back to the previous revision."""
    op.drop_index(op.f("ix_charges_charge_id"), "charges")
