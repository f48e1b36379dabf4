"""Charges that are open at the card provider, and the events of its webhooks."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Migrate to this revision."""
    op.create_table(
        "open_charges",
        sa.Column("payment_id", sa.String(64), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("open_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payments.id"], name=op.f("fk_open_charges_payment_id")
        ),
        sa.PrimaryKeyConstraint("payment_id", name=op.f("pk_open_charges")),
    )
    op.create_index(op.f("ix_open_charges_open_id"), "open_charges", ["open_id"])
    op.create_table(
        "provider_events",
        sa.Column("id", sa.String(255), nullable=False),
        sa.Column("type", sa.String(80), nullable=False),
        sa.Column("payment_id", sa.String(64)),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider_events")),
    )


def downgrade() -> None:
    """Migrate back to the previous revision."""
    op.drop_table("provider_events")
    op.drop_table("open_charges")
