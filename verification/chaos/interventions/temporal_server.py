"""Requests of operators, who repeat them while Temporal is unavailable."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import uuid4

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode

from temporal import operator_actions
from verification.chaos.intervention_kinds import Point

REASON = "chaos"
CHARGE = "charge_card"
LIMIT = 60.0
PAUSE = 0.5
"""Seconds for which a request is repeated, and between two tries."""

UNAVAILABLE = {
    RPCStatusCode.UNAVAILABLE,
    RPCStatusCode.DEADLINE_EXCEEDED,
    RPCStatusCode.CANCELLED,
    RPCStatusCode.RESOURCE_EXHAUSTED,
    RPCStatusCode.UNKNOWN,
    RPCStatusCode.INTERNAL,
}

Result = TypeVar("Result")


class RefusedError(Exception):
    """Temporal does not know the workflow, or can't do that to it now."""


@dataclass(frozen=True)
class Found:
    """The latest run of a workflow, and the types of its pending and its paused activities."""

    run_id: str
    status: WorkflowExecutionStatus | None
    activities: tuple[str, ...]
    paused: tuple[str, ...]

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self.status is WorkflowExecutionStatus.RUNNING


class TemporalServer:
    """Each function raises `RefusedError`."""

    def __init__(self, client: Client) -> None:
        """The namespace is the client's."""
        self._client = client

    async def describe(self, workflow_id: str) -> Found:
        """Its latest run."""
        seen = await _answered(self._handle(workflow_id).describe)
        pending = seen.raw_description.pending_activities
        return Found(
            seen.run_id,
            seen.status,
            activities=tuple(one.activity_type.name for one in pending),
            paused=tuple(one.activity_type.name for one in pending if one.paused),
        )

    async def terminate(self, workflow_id: str) -> bool:
        """Whether its latest run is terminated."""
        # It may have ended, perhaps by the same request, whose answer was lost.
        with suppress(RefusedError):
            await _answered(lambda: self._handle(workflow_id).terminate(reason=REASON))
        return (await self.describe(workflow_id)).status is WorkflowExecutionStatus.TERMINATED

    async def reset(self, workflow_id: str, point: Point) -> None:
        """Reset its latest run; refused if its history does not have that point."""
        run_id = (await self.describe(workflow_id)).run_id
        run = self._client.get_workflow_handle(workflow_id, run_id=run_id)
        history = await _answered(run.fetch_history)
        event = find_point(history.events, point)
        if event is None:
            raise RefusedError(f"{workflow_id} has no event to reset to: {point}")
        request_id = uuid4().hex
        await _answered(
            lambda: operator_actions.reset(
                self._client, workflow_id, run_id, event, REASON, request_id=request_id
            )
        )

    async def pause(self, workflow_id: str, activity: str) -> bool:
        """Whether the activity is paused now."""
        await _answered(lambda: operator_actions.pause(self._client, workflow_id, activity, REASON))
        return activity in (await self.describe(workflow_id)).paused

    async def unpause(self, workflow_id: str, activity: str) -> None:
        """Let it go on."""
        await _answered(lambda: operator_actions.unpause(self._client, workflow_id, activity))

    async def reset_activity(self, workflow_id: str, activity: str) -> None:
        """Let it begin again."""
        await _answered(
            lambda: operator_actions.reset_activity(self._client, workflow_id, activity)
        )

    def _handle(self, workflow_id: str) -> WorkflowHandle[Any, Any]:
        return self._client.get_workflow_handle(workflow_id)


def find_point(events: Sequence[HistoryEvent], point: Point) -> int | None:
    """The event to reset to; None if there is none in the history."""
    points = operator_actions.reset_points(events)
    match point:
        case Point.FIRST_TASK:
            return next(iter(points), None)
        case Point.LAST_TASK:
            return points[-1] if points else None
        case Point.BEFORE_CHILD:
            return next(iter(_requests_of_children(events)), None)
        case Point.AFTER_CHARGE:
            charged = _first_end_of_a_charge(events)
            return next((one for one in points if charged is not None and one > charged), None)


def _requests_of_children(events: Iterable[HistoryEvent]) -> list[int]:
    """The tasks that started a child: redone by a reset, they start it again."""
    initiated = EventType.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED
    return [
        event.start_child_workflow_execution_initiated_event_attributes.workflow_task_completed_event_id
        for event in events
        if event.event_type == initiated
    ]


def _first_end_of_a_charge(events: Iterable[HistoryEvent]) -> int | None:
    charges: set[int] = set()
    for event in events:
        scheduled = event.activity_task_scheduled_event_attributes
        if scheduled.activity_type.name == CHARGE:
            charges.add(event.event_id)
        ended = event.activity_task_completed_event_attributes
        if ended.scheduled_event_id in charges:
            return event.event_id
    return None


async def _answered(request: Callable[[], Awaitable[Result]]) -> Result:
    """Repeat it until Temporal answers; raises `RefusedError` if that refuses."""
    end = time.monotonic() + LIMIT
    while True:
        try:
            return await request()
        except RPCError as error:
            if error.status not in UNAVAILABLE or time.monotonic() > end:
                raise RefusedError(str(error)) from error
        await asyncio.sleep(PAUSE)
