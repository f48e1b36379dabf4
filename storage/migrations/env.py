"""What Alembic runs its commands in: one transaction that no other process migrates beside."""

from typing import Literal

from alembic import context

from config import Settings
from storage.migrate import DATABASE_URL, alone
from storage.tables import Moment, metadata


def _plain_types(kind: str, item: object, _context: object) -> str | Literal[False]:
    """A revision never changes: it must not speak of types of ours, which may."""
    if kind == "type" and isinstance(item, Moment):
        return "sa.DateTime(timezone=True)"
    return False


with alone(context.config.attributes.get(DATABASE_URL) or Settings().database_url) as tx:
    context.configure(
        connection=tx,
        target_metadata=metadata,
        render_as_batch=True,
        render_item=_plain_types,
        autogenerate_plugins=["alembic.autogenerate.*", "alembic.ext.checkconstraint_byname"],
    )
    with context.begin_transaction():
        context.run_migrations()
