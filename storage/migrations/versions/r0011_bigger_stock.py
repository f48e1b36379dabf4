"""Stock in 64 bits: a piece can be returned whatever was put into stock meanwhile."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None
oldest_compatible = "0009"


def upgrade() -> None:
    """Migrate to this revision. SQLite's integers have 64 bits anyway."""
    if op.get_bind().dialect.name != "sqlite":
        op.alter_column("products", "stock", type_=sa.BigInteger(), existing_nullable=False)


def downgrade() -> None:
    """Migrate back to the previous revision; fails if a stock exceeds 32 bits."""
    if op.get_bind().dialect.name != "sqlite":
        op.alter_column("products", "stock", type_=sa.Integer(), existing_nullable=False)
