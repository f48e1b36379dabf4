"""The end of a workflow that was not started by the one that waits for it."""

from pydantic import BaseModel, JsonValue
from temporalio import activity
from temporalio.client import WorkflowExecutionStatus
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory
from temporalio.service import RPCError, RPCStatusCode


class JoinedWorkflow(BaseModel):
    """How the workflow ended; without `is_completed` by force, and then it has no `result`."""

    is_completed: bool
    result: JsonValue = None


class JoinedWorkflowActivities:
    """Questions to Temporal about workflows that are already there."""

    @activity.defn
    async def look_up_end(self, workflow_id: str) -> JoinedWorkflow:
        """The end of the workflow's latest run: a reset begins a new one.

        Raises a benign `ApplicationError` while it runs: the next attempt looks again, which
        neither occupies a worker meanwhile nor adds to a history.
        """
        client = activity.client()
        try:
            latest = await client.get_workflow_handle(workflow_id).describe()
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            return JoinedWorkflow(is_completed=False)
        if latest.status is WorkflowExecutionStatus.RUNNING:
            message = f"{workflow_id} is still running; its end is looked up again."
            raise ApplicationError(message, category=ApplicationErrorCategory.BENIGN)
        if latest.status is not WorkflowExecutionStatus.COMPLETED:
            return JoinedWorkflow(is_completed=False)
        run = client.get_workflow_handle(workflow_id, run_id=latest.run_id)
        return JoinedWorkflow(is_completed=True, result=await run.result())
