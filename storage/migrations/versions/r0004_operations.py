"""A sortable deadline of payments, and indexes for queries over all orders and payments."""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op
from pydantic import TypeAdapter

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_OPEN = ("requested", "partly_covered", "charging", "awaiting_card")
_INDEXES = (
    ("payments", ("status", "deadline", "id")),
    ("payments", ("waiting_since", "status")),
    ("transfers", ("debit_account",)),
    ("transfers", ("credit_account",)),
    ("mails", ("customer_id",)),
)


def upgrade() -> None:
    """Migrate to this revision."""
    op.add_column("payments", sa.Column("deadline", sa.DateTime(timezone=True)))
    _fill()
    for table, columns in _INDEXES:
        op.create_index(_name(table, columns), table, list(columns))


def downgrade() -> None:
    """Migrate back to the previous revision."""
    for table, columns in reversed(_INDEXES):
        op.drop_index(_name(table, columns), table)
    with op.batch_alter_table("payments") as payments:
        payments.drop_column("deadline")


def _name(table: str, columns: tuple[str, ...]) -> Any:
    return op.f(f"ix_{table}_{'_'.join(columns)}")


def _fill() -> None:
    """Set the deadlines of open payments by their terms."""
    payments = sa.table(
        "payments",
        sa.column("id", sa.String()),
        sa.column("status", sa.String()),
        sa.column("terms", sa.JSON()),
        sa.column("waiting_since", sa.DateTime(timezone=True)),
        sa.column("deadline", sa.DateTime(timezone=True)),
    )
    tx = op.get_bind()
    waiting = tx.execute(
        sa.select(payments.c.id, payments.c.waiting_since, payments.c.terms).where(
            payments.c.waiting_since.is_not(None), payments.c.status.in_(_OPEN)
        )
    ).all()
    for id, since, terms in waiting:
        waiting_time = TypeAdapter(timedelta).validate_python(terms["waiting_time"])
        tx.execute(
            sa.update(payments).where(payments.c.id == id).values(deadline=since + waiting_time)
        )
