"""A source whose answer is malformed is reported as unavailable, by name."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from temporalio.api.enums.v1 import WorkflowExecutionStatus
from temporalio.api.workflow.v1 import PendingActivityInfo, WorkflowExecutionInfo
from temporalio.api.workflowservice.v1 import DescribeWorkflowExecutionResponse

from storage.database import Database
from storage.tables import metadata
from verification.audit import Sources, SourceUnavailableError
from verification.audit.sources import database, simulators, temporal

SOURCES = Sources("", "http://cards", "sk_test", "http://carrier", "http://mailbox")

MALFORMED = {
    "no JSON": b"<html>",
    "no text": b"\xff",
    "no object": b"[]",
    "no page": b"{}",
    "no record": b'{"data": [{}], "shipments": [{}], "messages": [{}], "has_more": false}',
}


@pytest.mark.parametrize("content", MALFORMED.values(), ids=MALFORMED)
@pytest.mark.parametrize(
    ("read", "named"),
    [
        (simulators.intents, "the card provider"),
        (simulators.refunds, "the card provider"),
        (simulators.disputes, "the card provider"),
        (simulators.consignments, "the carrier"),
        (simulators.messages, "the mailbox"),
    ],
)
async def test_a_source_with_a_malformed_answer_is_named(
    read: Callable[..., Any], named: str, content: bytes
) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=content))
    async with httpx.AsyncClient(transport=transport) as http:
        with pytest.raises(SourceUnavailableError, match=f"Cannot read {named}: "):
            await read(http, SOURCES)


@pytest.mark.parametrize("data", ["{", "[]"])
def test_malformed_rows_are_named(tmp_path: Path, data: str) -> None:
    url = f"sqlite:///{tmp_path}/orders.db"
    with closing(Database(url)) as ours:
        metadata.create_all(ours.engine)
    event = ("order/1", 1, "placed", "OrderPlaced", "2026-03-01 12:00:00", data)
    with closing(sqlite3.connect(tmp_path / "orders.db")) as connection, connection:
        connection.execute("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?)", event)
    with pytest.raises(SourceUnavailableError, match="Cannot read our database: "):
        database.read(url)


@pytest.mark.parametrize(
    ("attempt", "failing"), [(0, ()), (1, ()), (10, ()), (11, ("return_goods",))]
)
def test_an_activity_that_failed_ten_times_is_failing(
    attempt: int, failing: tuple[str, ...]
) -> None:
    pending = PendingActivityInfo(attempt=attempt)
    pending.activity_type.name = "return_goods"
    running = WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_RUNNING
    answer = DescribeWorkflowExecutionResponse(
        workflow_execution_info=WorkflowExecutionInfo(status=running),
        pending_activities=[pending],
    )
    execution = temporal.execution(answer)
    assert (execution.activities, execution.failing) == (("return_goods",), failing)
