"""Many payments that wait for a card, made from one that does.

Its rows and records are copied under new ids, and each copy has a workflow on the server, which no
worker has to carry out. The audit reads of them what it reads of payments that were requested.
"""

import asyncio
import re
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import uuid4

from temporalio.client import Client

COPIED = {
    "orders": ("payments", "charges", "events", "mails"),
    "cards": ("payment_intents",),
    "mailbox": ("messages",),
}
"""The tables, by database."""

WINDOW = 100
"""How many workflows are started at once."""

_LINK = re.compile(r"\n\nDo it here, without signing in;.*", re.DOTALL)
"""It is signed for the payment that was copied; the audit requires it of no mail."""


async def wait_many(address: str, ids: Sequence[str]) -> None:
    """Start a workflow of each payment, which waits: its first task is due after the deadline."""
    client = await Client.connect(address)
    left = iter(ids)
    while window := list(islice(left, WINDOW)):
        await asyncio.gather(*(_start(client, id) for id in window))


async def _start(client: Client, id: str) -> None:
    await client.start_workflow(
        "PaymentWorkflow",
        id=f"payment/{id}",
        task_queue="many-payments",
        start_delay=timedelta(days=30),
    )


def copy_payment(folder: Path, names: Mapping[str, str], count: int) -> list[str]:
    """Copy the payment in all databases in `folder` so many times; the copies' ids.

    `names` are its id, reference and PaymentIntent, each with the prefix of its copies' ones.
    """
    copies = [{old: f"{prefix}{uuid4()}" for old, prefix in names.items()} for _ in range(count)]
    for database, tables in COPIED.items():
        with closing(sqlite3.connect(folder / f"{database}.db", timeout=60)) as opened, opened:
            for table in tables:
                _copy_rows(opened, table, copies)
    return [next(iter(copy.values())) for copy in copies]


def _copy_rows(opened: sqlite3.Connection, table: str, copies: Sequence[Mapping[str, str]]) -> None:
    selected = opened.execute(f"SELECT * FROM {table}")
    columns = [column[0] for column in selected.description]
    id = next(iter(copies[0]))
    rows = [
        [None if name == "seq" else value for name, value in zip(columns, row, strict=True)]
        for row in selected
        if any(id in value for value in row if isinstance(value, str))
    ]
    assert rows, f"{table} has no row of the payment"
    places = ", ".join("?" * len(columns))
    opened.executemany(
        f"INSERT INTO {table} VALUES ({places})",
        ([_renamed(value, copy) for value in row] for copy in copies for row in rows),
    )


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    if not isinstance(value, str):
        return value
    for old, new in names.items():
        value = value.replace(old, new)
    return _LINK.sub("", value)
