"""What an operator can do to a workflow in Temporal's Web UI or with its command."""

from typing import Any
from uuid import uuid4

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest
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
