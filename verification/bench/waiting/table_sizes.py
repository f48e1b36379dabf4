"""How many bytes the tables of a SQLite file take."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from verification.bench.errors import InvalidMeasurementError

Sizes = Mapping[str, int]
"""Bytes by table, its indexes included."""

PAGES = """
SELECT sqlite_master.tbl_name, sum(dbstat.pgsize)
FROM dbstat JOIN sqlite_master ON sqlite_master.name = dbstat.name
WHERE dbstat.aggregate = TRUE
GROUP BY sqlite_master.tbl_name
"""
"""Whole pages, as the file has them (https://sqlite.org/dbstat.html)."""

GROUPS = {
    "visibility": ("executions_visibility",),
    "histories": ("history_node", "history_tree"),
}
"""Beginnings of the names of Temporal's tables; the others hold state, timers and tasks."""

OTHERS = "state, timers and tasks"


def read(path: Path) -> Sizes:
    """The sizes now. Raises InvalidMeasurementError if this SQLite can't say."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as opened:
        try:
            return dict(opened.execute(PAGES).fetchall())
        except sqlite3.OperationalError as error:
            message = f"The sizes of tables can't be measured with this Python's SQLite: {error}"
            raise InvalidMeasurementError(message) from error


def growth(before: Sizes, after: Sizes) -> dict[str, int]:
    """The bytes by which each table grew, those that did not apart."""
    grown = {table: size - before.get(table, 0) for table, size in after.items()}
    return {table: size for table, size in grown.items() if size}


def of_temporal(tables: Sizes) -> dict[str, int]:
    """Bytes by group of Temporal's tables."""
    grouped = dict.fromkeys((*GROUPS, OTHERS), 0)
    for table, size in tables.items():
        names = (group for group, beginnings in GROUPS.items() if table.startswith(beginnings))
        grouped[next(names, OTHERS)] += size
    return grouped
