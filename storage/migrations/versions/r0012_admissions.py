"""Accepted orders and payments that are not written yet, to limit what a customer has open."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None
oldest_compatible = "0009"


def upgrade() -> None:
    """Migrate to this revision."""
    op.create_table(
        "admissions",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("customer_id", sa.String(64), nullable=False),
        sa.Column("pieces", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_admissions_customer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_admissions")),
    )
    op.create_index(op.f("ix_admissions_customer_id"), "admissions", ["customer_id"])


def downgrade() -> None:
    """Migrate back to the previous revision."""
    op.drop_table("admissions")
