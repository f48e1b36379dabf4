"""What an operator does to a workflow in Temporal's Web UI or with its command.

Each function raises `RPCError` where Temporal is unavailable or refuses.
"""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.api.workflowservice.v1 import (
    PauseActivityRequest,
    ResetActivityRequest,
    ResetWorkflowExecutionRequest,
    UnpauseActivityRequest,
)
from temporalio.client import Client


def reset_points(events: Sequence[HistoryEvent]) -> list[int]:
    """The events of a history that a reset may go back to, oldest first.

    Of a workflow that was terminated before its first task was completed it is that task's next
    event; none if the task was not even scheduled.
    """
    completed = EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED
    points = [event.event_id for event in events if event.event_type == completed]
    if points:
        return points
    scheduled = EventType.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED
    return [event.event_id + 1 for event in events if event.event_type == scheduled][:1]


async def reset(  # noqa: PLR0913  what the request names
    client: Client,
    workflow_id: str,
    run_id: str,
    point: int,
    reason: str,
    *,
    request_id: str | None = None,
) -> None:
    """Let the workflow go on from that point of that run; what it was sent since is sent again.

    Repeated with the same `request_id` it is one reset.
    """
    await client.workflow_service.reset_workflow_execution(
        ResetWorkflowExecutionRequest(
            namespace=client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=workflow_id, run_id=run_id),
            reason=reason,
            workflow_task_finish_event_id=point,
            request_id=request_id or uuid4().hex,
        )
    )


async def pause(client: Client, workflow_id: str, activity: str, reason: str) -> None:
    """Pause the workflow's activity of that type; an attempt under way is not interrupted."""
    request = PauseActivityRequest(**activity_of(client, workflow_id, activity), reason=reason)
    await client.workflow_service.pause_activity(request)


async def unpause(client: Client, workflow_id: str, activity: str) -> None:
    """Let it go on."""
    request = UnpauseActivityRequest(**activity_of(client, workflow_id, activity))
    await client.workflow_service.unpause_activity(request)


async def reset_activity(client: Client, workflow_id: str, activity: str) -> None:
    """Let it begin with its first attempt again."""
    request = ResetActivityRequest(**activity_of(client, workflow_id, activity))
    await client.workflow_service.reset_activity(request)


def activity_of(client: Client, workflow_id: str, activity: str) -> dict[str, Any]:
    """What every request about an activity of that type names."""
    execution = WorkflowExecution(workflow_id=workflow_id)
    return {"namespace": client.namespace, "execution": execution, "type": activity}
