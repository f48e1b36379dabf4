"""What an operator does to the workflows of one program, on the real server."""

import asyncio
from datetime import timedelta
from typing import Any

from google.protobuf.field_mask_pb2 import FieldMask
from temporalio.api.common.v1 import TimeSkippingConfig, WorkflowExecution
from temporalio.api.enums.v1 import PendingActivityState
from temporalio.api.workflow.v1 import WorkflowExecutionOptions
from temporalio.api.workflowservice.v1 import UpdateWorkflowExecutionOptionsRequest
from temporalio.client import Client, WorkflowHandle
from temporalio.testing import TimeSkipper

from temporal import operator_actions
from verification.chaos.intervention_kinds import Point
from verification.chaos.interventions.temporal_server import find_point

REASON = "the program says so"
INTERVAL = 0.01
"""Seconds between two looks at a workflow."""

UNDER_WAY = {
    PendingActivityState.PENDING_ACTIVITY_STATE_STARTED,
    PendingActivityState.PENDING_ACTIVITY_STATE_PAUSE_REQUESTED,
}

Handle = WorkflowHandle[Any, Any]


class Operator:
    """Acts upon the latest run of a workflow."""

    def __init__(self, client: Client, skipper: TimeSkipper) -> None:
        """`skipper` moves the clocks that a reset sets back."""
        self._client = client
        self._skipper = skipper

    async def reset(
        self, workflow: Handle, point: Point, *, by_force: bool = False, waits_for: str = ""
    ) -> None:
        """Reset it, after it was ended `by_force`; return when it has ended, or waits again.

        It waits for time, or for its activity `waits_for`. The server sets its clock back with its
        history, which no real clock is: that is moved on to where it was. Raises AssertionError if
        the history does not have that point.
        """
        found = await workflow.describe()
        clock = await self._skipper.get_current_time(workflow)
        if found.close_time is None:
            await self._stop_clock(workflow)
        if by_force:
            await workflow.terminate(REASON)
        event = find_point((await workflow.fetch_history()).events, point)
        assert event is not None, f"{workflow.id} has no event to reset to: {point}"
        await operator_actions.reset(self._client, workflow.id, found.run_id, event, REASON)
        await self.idle(workflow, waits_for)
        left = clock - await self._skipper.get_current_time(workflow)
        if left > timedelta(0) and (await workflow.describe()).close_time is None:
            await self._skipper.fast_forward(workflow, left)
            await self.idle(workflow, waits_for)

    async def idle(self, workflow: Handle, waits_for: str = "") -> None:
        """Return when it has done all that it can do by itself."""
        while True:
            seen = (await workflow.describe()).raw_description
            activities = {one.activity_type.name for one in seen.pending_activities}
            if not seen.HasField("pending_workflow_task") and activities <= {waits_for}:
                return
            await asyncio.sleep(INTERVAL)

    async def pause(self, workflow: Handle, activity: str) -> None:
        """Pause its activity."""
        await operator_actions.pause(self._client, workflow.id, activity, REASON)

    async def unpause(self, workflow: Handle, activity: str) -> None:
        """Let it go on, once the attempt that was under way has failed."""
        while True:
            seen = (await workflow.describe()).raw_description.pending_activities
            states = {one.state for one in seen if one.activity_type.name == activity}
            if not states & UNDER_WAY:
                break
            await asyncio.sleep(INTERVAL)
        await operator_actions.unpause(self._client, workflow.id, activity)

    async def _stop_clock(self, workflow: Handle) -> None:
        """Otherwise a reset moves it on again for as long as it was moved on last."""
        options = WorkflowExecutionOptions(time_skipping_config=TimeSkippingConfig())
        await self._client.workflow_service.update_workflow_execution_options(
            UpdateWorkflowExecutionOptionsRequest(
                namespace=self._client.namespace,
                workflow_execution=WorkflowExecution(workflow_id=workflow.id),
                workflow_execution_options=options,
                update_mask=FieldMask(paths=["time_skipping_config"]),
            )
        )
