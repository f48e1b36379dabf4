from datetime import UTC, datetime

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent

from verification.bench.instruments.histories import Steps, Waits, steps


def event(number: int, kind: "EventType.ValueType", second: float = 0) -> HistoryEvent:
    result = HistoryEvent(event_id=number, event_type=kind)
    result.event_time.FromDatetime(datetime.fromtimestamp(second, UTC))
    return result


def test_waits_are_from_scheduling_to_starting_of_the_same_task() -> None:
    activity_started = event(4, EventType.EVENT_TYPE_ACTIVITY_TASK_STARTED, 9)
    activity_started.activity_task_started_event_attributes.scheduled_event_id = 1
    task_started = event(3, EventType.EVENT_TYPE_WORKFLOW_TASK_STARTED, 7.5)
    task_started.workflow_task_started_event_attributes.scheduled_event_id = 2
    waits = Waits()
    waits.add(
        [
            event(1, EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED, 5),
            event(2, EventType.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED, 7),
            task_started,
            activity_started,
        ]
    )
    assert (waits.workflow_tasks, waits.activities) == ([0.5], [4.0])


def marker(number: int, name: str) -> HistoryEvent:
    result = event(number, EventType.EVENT_TYPE_MARKER_RECORDED)
    result.marker_recorded_event_attributes.marker_name = name
    return result


def test_steps_are_averages_of_orders_over_all_their_histories() -> None:
    order = [marker(1, "core_local_activity")]
    payment = [
        marker(1, "LocalActivity"),
        event(2, EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED),
        event(3, EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED),
    ]
    busier = [*payment, event(4, EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED)]
    assert steps([[order, payment], [order, busier]]) == Steps(
        events=4.5, local_activities=2, regular_activities=1, workflow_tasks=1.5
    )


def test_a_marker_of_anything_else_is_no_local_activity() -> None:
    found = steps([[[marker(1, "core_patch"), marker(2, "SideEffect")]]])
    assert (found.events, found.local_activities) == (2, 0)
