"""Alembic's environment: runs commands in one transaction, and one process at a time."""

from typing import Literal

from alembic import context

from config import read_settings
from storage.migrate import (
    COMPATIBILITY,
    DATABASE_URL,
    exclusive_transaction,
    is_newer,
    record_compatibility,
)
from storage.moment import Moment
from storage.startup import exiting_with_a_line
from storage.tables import metadata


def _plain_types(kind: str, item: object, _context: object) -> str | Literal[False]:
    """Render plain types: a revision never changes, but the types of this project may."""
    if kind == "type" and isinstance(item, Moment):
        return "sa.DateTime(timezone=True)"
    return False


def _is_ours(name: str | None, kind: str, _parents: object) -> bool:
    return (kind, name) != ("table", COMPATIBILITY.name)


def _migrate(database_url: str) -> None:
    with exclusive_transaction(database_url) as tx:
        context.configure(
            connection=tx,
            target_metadata=metadata,
            render_as_batch=True,
            render_item=_plain_types,
            include_name=_is_ours,
            autogenerate_plugins=["alembic.autogenerate.*", "alembic.ext.checkconstraint_byname"],
        )
        schema = context.get_context()
        if not is_newer(tx, schema.get_current_revision(), context.script):
            with context.begin_transaction():
                context.run_migrations()
            record_compatibility(tx, schema.get_current_revision(), context.script)


if given := context.config.attributes.get(DATABASE_URL):
    _migrate(given)
else:  # the `alembic` command
    url = read_settings().database_url
    with exiting_with_a_line(url):
        _migrate(url)
