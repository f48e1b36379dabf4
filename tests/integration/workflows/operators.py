"""What an operator can do to a workflow in Temporal's Web UI or with its command."""

from typing import Any
from uuid import uuid4

from google.protobuf.empty_pb2 import Empty
from google.protobuf.field_mask_pb2 import FieldMask
from temporalio.api.activity.v1 import ActivityOptions
from temporalio.api.batch.v1 import BatchOperationReset, BatchOperationTermination
from temporalio.api.common.v1 import ResetOptions, RetryPolicy, WorkflowExecution
from temporalio.api.enums.v1 import EventType
from temporalio.api.workflowservice.v1 import (
    PauseActivityRequest,
    ResetActivityRequest,
    ResetWorkflowExecutionRequest,
    StartBatchOperationRequest,
    UnpauseActivityRequest,
    UpdateActivityOptionsRequest,
)
from temporalio.client import Client, WorkflowHandle

Handle = WorkflowHandle[Any, Any]


async def reset_points(workflow: Handle) -> list[int]:
    """The events of its latest run that a reset may go back to, oldest first."""
    history = await workflow.fetch_history()
    completed = EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED
    return [event.event_id for event in history.events if event.event_type == completed]


async def reset(client: Client, workflow: Handle, number: int) -> Handle:
    """Reset its latest run to the `number`th point, from 0, or from the end; return the new one."""
    latest = client.get_workflow_handle(workflow.id)
    request = ResetWorkflowExecutionRequest(
        namespace=client.namespace,
        workflow_execution=WorkflowExecution(
            workflow_id=latest.id, run_id=(await latest.describe()).run_id
        ),
        reason="somebody pressed the button",
        workflow_task_finish_event_id=(await reset_points(latest))[number],
        request_id=uuid4().hex,
    )
    await client.workflow_service.reset_workflow_execution(request)
    return latest


def _of(client: Client, workflow: Handle, activity: str) -> dict[str, Any]:
    """What every request about an activity of that type names."""
    execution = WorkflowExecution(workflow_id=workflow.id)
    return {"namespace": client.namespace, "execution": execution, "type": activity}


async def pause(client: Client, workflow: Handle, activity: str) -> None:
    """Pause the workflow's activity of that type."""
    await client.workflow_service.pause_activity(
        PauseActivityRequest(
            **_of(client, workflow, activity),
            reason="somebody pressed the button",
        )
    )


async def unpause(client: Client, workflow: Handle, activity: str) -> None:
    """Let it go on."""
    await client.workflow_service.unpause_activity(
        UnpauseActivityRequest(
            **_of(client, workflow, activity),
        )
    )


async def reset_activity(client: Client, workflow: Handle, activity: str) -> None:
    """Let it begin with its first attempt again."""
    await client.workflow_service.reset_activity(
        ResetActivityRequest(
            **_of(client, workflow, activity),
        )
    )


async def allow_one_attempt(client: Client, workflow: Handle, activity: str) -> None:
    """Change its options so that it fails with the attempt under way."""
    await client.workflow_service.update_activity_options(
        UpdateActivityOptionsRequest(
            **_of(client, workflow, activity),
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
            reason="somebody pressed the button",
            **operation,
        )
    )
