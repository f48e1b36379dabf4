"""Card updates of the last day, for the rate limits that stop tests of stolen cards."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Migrate to this revision."""
    op.create_table(
        "card_updates",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("customer_id", sa.String(64), nullable=False),
        sa.Column("payment_id", sa.String(64)),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_card_updates_customer_id")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_card_updates")),
    )
    op.create_index(op.f("ix_card_updates_customer_id_at"), "card_updates", ["customer_id", "at"])


def downgrade() -> None:
    """Migrate back to the previous revision."""
    op.drop_table("card_updates")
