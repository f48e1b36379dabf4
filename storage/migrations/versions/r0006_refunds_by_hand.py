"""Charges found by the card provider's id, as refunds made in its dashboard name them."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_index(op.f("ix_charges_charge_id"), "charges", ["charge_id"])


def downgrade() -> None:
    """Back to the one before."""
    op.drop_index(op.f("ix_charges_charge_id"), "charges")
