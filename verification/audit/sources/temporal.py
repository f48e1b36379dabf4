"""Reads workflow executions from Temporal: running, completed and failed."""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from datetime import UTC
from itertools import islice
from sys import intern

from temporalio.api.common.v1 import WorkflowExecution as WorkflowReference
from temporalio.api.enums.v1 import WorkflowExecutionStatus
from temporalio.api.workflowservice.v1 import (
    DescribeWorkflowExecutionRequest,
    DescribeWorkflowExecutionResponse,
)
from temporalio.client import Client, WorkflowExecution
from temporalio.service import RPCError, RPCStatusCode

from temporal.client import NO_KEYS, connect
from verification.audit.progress import Progress
from verification.audit.records import Execution
from verification.audit.snapshot import Books
from verification.audit.sources.addresses import Sources
from verification.audit.violation import SourceUnavailableError

OURS = "WorkflowType IN ('OrderWorkflow', 'PaymentWorkflow', 'RefundWorkflow')"
RUNNING = "ExecutionStatus = 'Running'"
NOT_COMPLETED = "ExecutionStatus IN ('Failed', 'Terminated', 'TimedOut', 'Canceled')"
COMPLETED = "ExecutionStatus = 'Completed' AND WorkflowType IN ('OrderWorkflow', 'PaymentWorkflow')"
CARD_UPDATES = "WorkflowType = 'CardUpdateWorkflow'"

MANY_ATTEMPTS = 10
"""After so many failed attempts an activity stands still: with default settings after 4 minutes."""

LOOK_UP = "look_up_end"
"""This activity fails as long as the workflow that it waits for is running."""

PAGE = 200
"""How many workflows Temporal lists at once."""

WINDOW = 20
"""How many workflows are described concurrently."""


async def read(sources: Sources, books: Books) -> Sequence[Execution]:
    """All executions within the retention time. Raises `SourceUnavailableError`.

    Executions that run or did not complete, and those of open or canceled orders and payments, are
    described in detail. The completed ones are many: for them the list's fields suffice.
    """
    try:
        client = await connect(NO_KEYS, address=sources.temporal_address)
        ids = set(_of_interest(books))
        for query in (f"{RUNNING} AND ({OURS} OR {CARD_UPDATES})", f"{NOT_COMPLETED} AND {OURS}"):
            ids.update([one.id async for one in _listed(client, query)])
        # A card update superseded by a newer one has ended by now; it has no row to compare with.
        known = await _described(client, ids)
        over = [
            Execution(id=intern(one.id), type=intern(one.workflow_type), status="COMPLETED")
            async for one in _listed(client, COMPLETED)
            if one.id not in known
        ]
    except (RPCError, RuntimeError) as error:
        raise SourceUnavailableError(f"Cannot read Temporal: {error}") from error
    return [*known.values(), *over]


def _of_interest(books: Books) -> Iterable[str]:
    """Ids to describe anyway: the list lags behind, and does not contain cancellation requests."""
    for order in books.orders:
        if not order.is_over:
            yield f"order/{order.id}"
    for payment in books.payments:
        if payment.is_open or payment.is_giving_back or payment.status == "canceled":
            yield f"payment/{payment.id}"
        if payment.is_giving_back:
            yield f"refund/{payment.id}"
    yield from {refund.workflow for refund in books.refunds if refund.is_under_way}


async def _listed(client: Client, query: str) -> AsyncIterator[WorkflowExecution]:
    """Listed page by page; only one page is kept."""
    progress = Progress("workflows listed by Temporal")
    async for one in client.list_workflows(query, page_size=PAGE):
        progress.add(1)
        yield one


async def _described(client: Client, ids: Collection[str]) -> dict[str, Execution]:
    """By id, those that exist; no more than a window of them is described at once."""
    progress = Progress("workflows", len(ids))
    found: dict[str, Execution] = {}
    left = iter(ids)
    while window := list(islice(left, WINDOW)):
        described = await asyncio.gather(*(_describe(client, id) for id in window))
        found |= {one.id: one for one in described if one is not None}
        progress.add(len(window))
    return found


async def _describe(client: Client, id: str) -> Execution | None:
    """None if there is no such workflow."""
    request = DescribeWorkflowExecutionRequest(
        namespace=client.namespace, execution=WorkflowReference(workflow_id=id)
    )
    try:
        answer = await client.workflow_service.describe_workflow_execution(request)
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return None
        raise
    return execution(answer)


def execution(answer: DescribeWorkflowExecutionResponse) -> Execution:
    """The execution that Temporal describes."""
    info = answer.workflow_execution_info
    status = WorkflowExecutionStatus.Name(info.status)
    extended = answer.workflow_extended_info
    skipped = extended.HasField("time_skipping_info")
    clock = extended.time_skipping_info.current_time.ToDatetime(UTC) if skipped else None
    return Execution(
        id=intern(info.execution.workflow_id),
        type=intern(info.type.name),
        status=intern(status.removeprefix("WORKFLOW_EXECUTION_STATUS_")),
        activities=tuple(activity.activity_type.name for activity in answer.pending_activities),
        failing=tuple(
            activity.activity_type.name
            for activity in answer.pending_activities
            if activity.attempt > MANY_ATTEMPTS and activity.activity_type.name != LOOK_UP
        ),
        children=tuple(child.workflow_id for child in answer.pending_children),
        is_deciding=answer.HasField("pending_workflow_task"),
        cancel_requested=extended.cancel_requested,
        clock=clock,
    )
