"""Reads histories from Temporal: counts events by type, and measures how long tasks waited."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from statistics import fmean

from google.protobuf.timestamp_pb2 import Timestamp
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client

LOCAL_ACTIVITIES = {"core_local_activity", "LocalActivity"}
"""What the SDKs for Python and Go name the markers that local activities leave."""


async def read(client: Client, workflow_ids: Iterable[str]) -> list[Sequence[HistoryEvent]]:
    """The histories of these workflows."""
    handles = map(client.get_workflow_handle, workflow_ids)
    return [(await handle.fetch_history()).events for handle in handles]


@dataclass(frozen=True)
class Steps:
    """The numbers of events in the histories of an order and its payment."""

    events: float = 0
    local_activities: int = 0
    regular_activities: int = 0
    workflow_tasks: float = 0
    search_attribute_updates: float = 0


def steps(orders: Sequence[Sequence[Sequence[HistoryEvent]]]) -> Steps:
    """The averages of some orders, each with the histories of its workflows."""
    counted = [Counter(event.event_type for each in order for event in each) for order in orders]
    local_activities = fmean(
        sum(
            event.marker_recorded_event_attributes.marker_name in LOCAL_ACTIVITIES
            for each in order
            for event in each
        )
        for order in orders
    )

    def average(kind: "EventType.ValueType") -> float:
        return fmean(counts[kind] for counts in counted)

    return Steps(
        events=fmean(counts.total() for counts in counted),
        local_activities=round(local_activities),
        regular_activities=round(average(EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED)),
        workflow_tasks=average(EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED),
        search_attribute_updates=average(EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES),
    )


@dataclass
class Waits:
    """Seconds from a task's scheduling to its start on a worker."""

    workflow_tasks: list[float] = field(default_factory=list[float])
    activities: list[float] = field(default_factory=list[float])

    def add(self, history: Iterable[HistoryEvent]) -> None:
        """Add the waits of one workflow."""
        scheduled: dict[int, datetime] = {}
        for event in history:
            match event.event_type:
                case (
                    EventType.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED
                    | EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED
                ):
                    scheduled[event.event_id] = _time(event.event_time)
                case EventType.EVENT_TYPE_WORKFLOW_TASK_STARTED:
                    cause = event.workflow_task_started_event_attributes.scheduled_event_id
                    waited = _time(event.event_time) - scheduled[cause]
                    self.workflow_tasks.append(waited.total_seconds())
                case EventType.EVENT_TYPE_ACTIVITY_TASK_STARTED:
                    cause = event.activity_task_started_event_attributes.scheduled_event_id
                    waited = _time(event.event_time) - scheduled[cause]
                    self.activities.append(waited.total_seconds())
                case _:
                    pass


def _time(timestamp: Timestamp) -> datetime:
    return timestamp.ToDatetime(UTC)
