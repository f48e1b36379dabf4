"""Temporal: what runs, what it waits for, and what ended, well or badly."""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import UTC

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import WorkflowExecutionStatus
from temporalio.api.workflowservice.v1 import (
    DescribeWorkflowExecutionRequest,
    DescribeWorkflowExecutionResponse,
)
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from temporal.client import NO_KEYS, connect
from verification.audit.records import Execution
from verification.audit.snapshot import Books
from verification.audit.sources.addresses import Sources
from verification.audit.violation import WitnessError

OURS = "WorkflowType IN ('OrderWorkflow', 'PaymentWorkflow', 'RefundWorkflow')"
RUNNING = "ExecutionStatus = 'Running'"
ENDED_BADLY = "ExecutionStatus IN ('Failed', 'Terminated', 'TimedOut', 'Canceled')"
ENDED_WELL = (
    "ExecutionStatus = 'Completed' AND WorkflowType IN ('OrderWorkflow', 'PaymentWorkflow')"
)
CARD_UPDATES = "WorkflowType = 'CardUpdateWorkflow'"

AT_ONCE = 20
"""How many workflows are looked at side by side."""


async def read(sources: Sources, books: Books) -> Sequence[Execution]:
    """All that run or ended badly, and those of what is not over, or was canceled.

    Of others that ended well, within the retention time, there is no more than what the list says:
    they are many. Raises `WitnessError`.
    """
    try:
        client = await connect(NO_KEYS, address=sources.temporal_address)
        running = await _listed(client, f"{RUNNING} AND ({OURS} OR {CARD_UPDATES})")
        ended = await _listed(client, f"{ENDED_BADLY} AND {OURS}")
        found = await _described(client, {*running, *ended, *_telling(books)})
        over = [
            Execution(id=one.id, type=one.workflow_type, status="COMPLETED")
            async for one in client.list_workflows(ENDED_WELL, page_size=1000)
        ]
    except (RPCError, RuntimeError) as error:
        raise WitnessError(f"Cannot read Temporal: {error}") from error
    # A card update that was canceled by a newer one is gone by now; it has no row to compare with.
    known = {execution.id: execution for execution in found if execution is not None}
    return [*known.values(), *(one for one in over if one.id not in known)]


def _telling(books: Books) -> Iterable[str]:
    """The list of what runs is a moment behind, and tells not who canceled what is over."""
    for order in books.orders:
        if not order.is_over:
            yield f"order/{order.id}"
    for payment in books.payments:
        if payment.is_open or payment.is_giving_back or payment.status == "canceled":
            yield f"payment/{payment.id}"
        if payment.is_giving_back:
            yield f"refund/{payment.id}"


async def _listed(client: Client, query: str) -> list[str]:
    return [execution.id async for execution in client.list_workflows(query, page_size=1000)]


async def _described(client: Client, ids: Iterable[str]) -> list[Execution | None]:
    side_by_side = asyncio.Semaphore(AT_ONCE)

    async def described(id: str) -> Execution | None:
        async with side_by_side:
            return await _describe(client, id)

    return await asyncio.gather(*(described(id) for id in ids))


async def _describe(client: Client, id: str) -> Execution | None:
    """None if there is no such workflow."""
    request = DescribeWorkflowExecutionRequest(
        namespace=client.namespace, execution=WorkflowExecution(workflow_id=id)
    )
    try:
        answer = await client.workflow_service.describe_workflow_execution(request)
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return None
        raise
    return _execution(answer)


def _execution(answer: DescribeWorkflowExecutionResponse) -> Execution:
    info = answer.workflow_execution_info
    status = WorkflowExecutionStatus.Name(info.status)
    extended = answer.workflow_extended_info
    skipped = extended.HasField("time_skipping_info")
    clock = extended.time_skipping_info.current_time.ToDatetime(UTC) if skipped else None
    return Execution(
        id=info.execution.workflow_id,
        type=info.type.name,
        status=status.removeprefix("WORKFLOW_EXECUTION_STATUS_"),
        activities=tuple(activity.activity_type.name for activity in answer.pending_activities),
        children=tuple(child.workflow_id for child in answer.pending_children),
        is_deciding=answer.HasField("pending_workflow_task"),
        cancel_requested=extended.cancel_requested,
        clock=clock,
    )
