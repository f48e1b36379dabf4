"""What an operator does to workflows here, by the requests of `temporal.operator_actions`."""

from typing import Any
from uuid import uuid4

from google.protobuf.empty_pb2 import Empty
from google.protobuf.field_mask_pb2 import FieldMask
from temporalio.api.activity.v1 import ActivityOptions
from temporalio.api.batch.v1 import BatchOperationReset, BatchOperationTermination
from temporalio.api.common.v1 import ResetOptions, RetryPolicy
from temporalio.api.workflowservice.v1 import (
    StartBatchOperationRequest,
    UpdateActivityOptionsRequest,
)
from temporalio.client import Client, WorkflowHandle

from temporal import operator_actions

Handle = WorkflowHandle[Any, Any]

REASON = "somebody pressed the button"


async def reset_points(workflow: Handle) -> list[int]:
    """The events of its latest run that a reset may go back to, oldest first."""
    return operator_actions.reset_points((await workflow.fetch_history()).events)


async def reset(client: Client, workflow: Handle, number: int) -> Handle:
    """Reset its latest run to the `number`th point, from 0, or from the end; return the new one."""
    latest = client.get_workflow_handle(workflow.id)
    run_id = (await latest.describe()).run_id
    point = (await reset_points(latest))[number]
    await operator_actions.reset(client, latest.id, run_id, point, REASON)
    return latest


async def pause(client: Client, workflow: Handle, activity: str) -> None:
    """Pause the workflow's activity of that type."""
    await operator_actions.pause(client, workflow.id, activity, REASON)


async def unpause(client: Client, workflow: Handle, activity: str) -> None:
    """Let it go on."""
    await operator_actions.unpause(client, workflow.id, activity)


async def reset_activity(client: Client, workflow: Handle, activity: str) -> None:
    """Let it begin with its first attempt again."""
    await operator_actions.reset_activity(client, workflow.id, activity)


async def allow_one_attempt(client: Client, workflow: Handle, activity: str) -> None:
    """Change its options so that it fails with the attempt under way."""
    await client.workflow_service.update_activity_options(
        UpdateActivityOptionsRequest(
            **operator_actions.activity_of(client, workflow.id, activity),
            activity_options=ActivityOptions(retry_policy=RetryPolicy(maximum_attempts=1)),
            update_mask=FieldMask(paths=["retry_policy.maximum_attempts"]),
        )
    )


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
