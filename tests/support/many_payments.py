"""Many payments that wait for a card, made from one that does.

Its rows and records are copied under new ids, and each copy's workflow waits on the server. What
the audit reads of them is what it reads of payments that were requested one by one, which would
take an hour for 20,000.
"""

import asyncio
import re
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import uuid4

from temporalio import workflow
from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

COPIED = {
    "orders": ("payments", "charges", "events", "mails"),
    "cards": ("payment_intents",),
    "mailbox": ("messages",),
}
"""The tables, by database."""

QUEUE = "many-payments"
WINDOW = 100
"""How many workflows are started at once."""

_LINK = re.compile(r"\n\nDo it here, without signing in;.*", re.DOTALL)
"""It is signed for the payment that was copied; the audit requires it of no mail."""


@workflow.defn(name="PaymentWorkflow")
class WaitingWorkflow:
    """Waits without end."""

    @workflow.run
    async def run(self) -> None:
        """Never returns."""
        await workflow.wait_condition(lambda: False)


async def wait_many(address: str, ids: Sequence[str]) -> None:
    """Start a workflow of each payment; returns once all of them wait."""
    client = await Client.connect(address)
    worker = Worker(
        client,
        task_queue=QUEUE,
        workflows=[WaitingWorkflow],
        workflow_runner=UnsandboxedWorkflowRunner(),
        max_cached_workflows=0,
    )
    async with worker:
        left = iter(ids)
        while window := list(islice(left, WINDOW)):
            await asyncio.gather(*(_start(client, id) for id in window))
            await asyncio.gather(*(_until_waiting(client, id) for id in window))


async def _start(client: Client, id: str) -> None:
    await client.start_workflow("PaymentWorkflow", id=f"payment/{id}", task_queue=QUEUE)


async def _until_waiting(client: Client, id: str) -> None:
    handle = client.get_workflow_handle(f"payment/{id}")
    while (await handle.describe()).raw_description.HasField("pending_workflow_task"):  # noqa: ASYNC110  the server announces nothing
        await asyncio.sleep(0.05)


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
