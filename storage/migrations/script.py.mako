"""${message}."""

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}
# The oldest revision whose release works with the tables of this one: CONTRIBUTING.md, "Add a migration".
oldest_compatible = None


def upgrade() -> None:
    """Migrate to this revision."""
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    """Migrate back to the previous revision."""
    ${downgrades if downgrades else "pass"}
