"""Pieces ever supplied of a product: the sum of those in stock, reserved and shipped."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_IN_ORDERS = """
    UPDATE products SET supplied = stock + coalesce(
        (SELECT sum(quantity) FROM reservations
         WHERE reservations.sku = products.sku AND status IN ('reserved', 'shipped')), 0)
"""


def upgrade() -> None:
    """Migrate to this revision."""
    op.add_column("products", sa.Column("supplied", sa.BigInteger()))
    op.execute(_IN_ORDERS)
    with op.batch_alter_table("products") as products:
        products.alter_column("supplied", existing_type=sa.BigInteger(), nullable=False)


def downgrade() -> None:
    """Migrate back to the previous revision."""
    with op.batch_alter_table("products") as products:
        products.drop_column("supplied")
