"""What an operator does to workflows here, by the requests of `temporal.operator_actions`."""

import asyncio
from typing import Any
from uuid import uuid4

from google.protobuf.empty_pb2 import Empty
from google.protobuf.field_mask_pb2 import FieldMask
from temporalio.api.activity.v1 import ActivityOptions
from temporalio.api.batch.v1 import BatchOperationReset, BatchOperationTermination
from temporalio.api.common.v1 import ResetOptions, RetryPolicy
from temporalio.api.enums.v1 import PendingActivityState
from temporalio.api.workflowservice.v1 import (
    PauseWorkflowExecutionRequest,
    StartBatchOperationRequest,
    UpdateActivityOptionsRequest,
)
from temporalio.client import Client, WorkflowHandle

from temporal import operator_actions
from tests.integration.workflows.harness import TIMEOUT_SECONDS

Handle = WorkflowHandle[Any, Any]

REASON = "somebody pressed the button"
PAUSED = PendingActivityState.PENDING_ACTIVITY_STATE_PAUSED


async def reset_points(workflow: Handle) -> list[int]:
    """The events of its latest run that a reset may go back to, oldest first."""
    return operator_actions.reset_points((await workflow.fetch_history()).events)


async def reset(client: Client, workflow: Handle, number: int) -> Handle:
    """Reset its run, or its latest one, to the `number`th point, from 0, or from the end.

    Returns the new run.
    """
    latest = client.get_workflow_handle(workflow.id)
    run_id = workflow.run_id or (await latest.describe()).run_id
    points = await reset_points(client.get_workflow_handle(workflow.id, run_id=run_id))
    await operator_actions.reset(client, latest.id, run_id, points[number], REASON)
    return latest


async def pause_workflow(client: Client, workflow: Handle) -> None:
    """Pause the workflow itself."""
    await client.workflow_service.pause_workflow_execution(
        PauseWorkflowExecutionRequest(
            namespace=client.namespace,
            workflow_id=workflow.id,
            run_id=(await workflow.describe()).run_id,
            reason=REASON,
            request_id=uuid4().hex,
        )
    )


async def pause(client: Client, workflow: Handle, activity: str) -> None:
    """Pause the workflow's activity of that type; return when no attempt is under way."""
    await operator_actions.pause(client, workflow.id, activity, REASON)
    async with asyncio.timeout(TIMEOUT_SECONDS):
        while await _states(workflow, activity) != {PAUSED}:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def unpause(client: Client, workflow: Handle, activity: str) -> None:
    """Let it go on."""
    await operator_actions.unpause(client, workflow.id, activity)


async def reset_activity(client: Client, workflow: Handle, activity: str) -> None:
    """Let it begin with its first attempt again."""
    await operator_actions.reset_activity(client, workflow.id, activity)


async def allow_one_attempt(client: Client, workflow: Handle, activity: str) -> None:
    """Change its options so that it fails with the next attempt; return when it has failed."""
    former = await _pending(workflow, activity)
    await client.workflow_service.update_activity_options(
        UpdateActivityOptionsRequest(
            **operator_actions.activity_of(client, workflow.id, activity),
            activity_options=ActivityOptions(retry_policy=RetryPolicy(maximum_attempts=1)),
            update_mask=FieldMask(paths=["retry_policy.maximum_attempts"]),
        )
    )
    async with asyncio.timeout(TIMEOUT_SECONDS):
        while former & await _pending(workflow, activity):  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def _states(workflow: Handle, activity: str) -> set[PendingActivityState.ValueType]:
    """Those of its pending activities of that type."""
    found = (await workflow.describe()).raw_description.pending_activities
    return {one.state for one in found if one.activity_type.name == activity}


async def _pending(workflow: Handle, activity: str) -> set[str]:
    """The ids of its pending activities of that type."""
    found = (await workflow.describe()).raw_description.pending_activities
    return {one.activity_id for one in found if one.activity_type.name == activity}


async def terminate_all(client: Client, query: str) -> None:
    """A batch that ends by force what the query finds."""
    await _batch(client, query, termination_operation=BatchOperationTermination())


async def reset_all(client: Client, query: str) -> None:
    """A batch that resets to the first workflow task what the query finds."""
    options = ResetOptions(first_workflow_task=Empty())
    await _batch(client, query, reset_operation=BatchOperationReset(options=options))


async def _batch(client: Client, query: str, **operation: Any) -> None:
    await client.workflow_service.start_batch_operation(
        StartBatchOperationRequest(
            namespace=client.namespace,
            visibility_query=query,
            job_id=uuid4().hex,
            reason=REASON,
            **operation,
        )
    )
