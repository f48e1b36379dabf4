"""Indexes over some rows of a table, so that writing any other row costs nothing.

SQLite uses one only for a statement that repeats its condition as it is written here.
"""

from sqlalchemy import Index, text


def _index(name: str, column: str, where: str) -> Index:
    return Index(name, column, sqlite_where=text(where), postgresql_where=text(where))


OPEN_DISPUTES = _index(
    "ix_disputes_open",
    "kind",
    "status NOT IN ('lost', 'not_actionable', 'prevented', 'warning_closed', 'won')",
)

DECLINED_PAYMENTS = _index("ix_payments_declined", "status", "waiting_since IS NOT NULL")
"""Those whose card failed at least once, by their present status."""
