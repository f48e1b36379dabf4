"""When backups were restored, since when charges are looked up before they are requested."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None
oldest_compatible = "0009"


def upgrade() -> None:
    """Migrate to this revision."""
    op.create_table(
        "restores",
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("at", name=op.f("pk_restores")),
    )


def downgrade() -> None:
    """Migrate back to the previous revision."""
    op.drop_table("restores")
