"""The event of a history that a reset to a named point goes back to."""

import pytest
from temporalio.api.common.v1 import ActivityType
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import (
    ActivityTaskCompletedEventAttributes,
    ActivityTaskScheduledEventAttributes,
    HistoryEvent,
    StartChildWorkflowExecutionInitiatedEventAttributes,
)

from verification.chaos.intervention_kinds import Point
from verification.chaos.interventions.temporal_server import find_point


def task(id: int) -> HistoryEvent:
    return HistoryEvent(event_id=id, event_type=EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED)


def activity(id: int, type: str) -> list[HistoryEvent]:
    scheduled = ActivityTaskScheduledEventAttributes(activity_type=ActivityType(name=type))
    completed = ActivityTaskCompletedEventAttributes(scheduled_event_id=id)
    return [
        HistoryEvent(
            event_id=id,
            event_type=EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED,
            activity_task_scheduled_event_attributes=scheduled,
        ),
        HistoryEvent(
            event_id=id + 1,
            event_type=EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED,
            activity_task_completed_event_attributes=completed,
        ),
    ]


UNFINISHED = [
    HistoryEvent(event_id=2, event_type=EventType.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED),
    HistoryEvent(event_id=3, event_type=EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED),
]
CHILD = HistoryEvent(
    event_id=8,
    event_type=EventType.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED,
    start_child_workflow_execution_initiated_event_attributes=(
        StartChildWorkflowExecutionInitiatedEventAttributes(workflow_task_completed_event_id=7)
    ),
)
ORDER = [task(4), *activity(5, "fetch_goods"), task(7), CHILD, task(11)]
PAYMENT = [task(4), *activity(5, "charge_card"), task(9), task(13)]


@pytest.mark.parametrize(
    ("history", "point", "event"),
    [
        (ORDER, Point.FIRST_TASK, 4),
        (ORDER, Point.LAST_TASK, 11),
        (ORDER, Point.BEFORE_CHILD, 7),
        (ORDER, Point.AFTER_CHARGE, None),
        (PAYMENT, Point.LAST_TASK, 13),
        (PAYMENT, Point.AFTER_CHARGE, 9),
        (PAYMENT[:-2], Point.AFTER_CHARGE, None),
        (PAYMENT, Point.BEFORE_CHILD, None),
        (UNFINISHED, Point.FIRST_TASK, 3),
        (UNFINISHED, Point.LAST_TASK, 3),
        ([], Point.FIRST_TASK, None),
        ([], Point.LAST_TASK, None),
    ],
)
def test_a_point_is_found_where_there_is_one(
    history: list[HistoryEvent], point: Point, event: int | None
) -> None:
    assert find_point(history, point) == event
