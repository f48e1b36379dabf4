"""The Schedule that starts the audit every night."""

from datetime import timedelta

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleCalendarSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleRange,
    ScheduleSpec,
    ScheduleUpdate,
    ScheduleUpdateInput,
)
from temporalio.service import RPCError, RPCStatusCode

from verification.nightly.audit_workflow import QUEUE, AuditVerdict, AuditWorkflow

SCHEDULE = "nightly-audit"
"""Its id; each workflow's is this with the time at which it was due."""

CATCH_UP_TIME = timedelta(hours=12)
"""A night that was missed is made up for so long after it."""

NOT_THERE = {RPCStatusCode.UNIMPLEMENTED, RPCStatusCode.PERMISSION_DENIED}


class NoSchedulesError(Exception):
    """The server has no Schedules, or does not let us have one."""


async def keep_schedule(client: Client, hour: int) -> None:
    """Create the Schedule, or update it; it starts an audit at `hour` (UTC). Safe to repeat.

    A Schedule that somebody paused stays paused. Raises `NoSchedulesError`.
    """
    schedule = Schedule(
        action=ScheduleActionStartWorkflow(AuditWorkflow.run, id=SCHEDULE, task_queue=QUEUE),
        spec=ScheduleSpec(calendars=[ScheduleCalendarSpec(hour=[ScheduleRange(hour)])]),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=CATCH_UP_TIME),
    )

    def updated(found: ScheduleUpdateInput) -> ScheduleUpdate:
        schedule.state = found.description.schedule.state
        return ScheduleUpdate(schedule)

    try:
        await client.create_schedule(SCHEDULE, schedule)
    except ScheduleAlreadyRunningError:
        await client.get_schedule_handle(SCHEDULE).update(updated)
    except RPCError as error:
        if error.status not in NOT_THERE:
            raise
        raise NoSchedulesError(error.message) from error


async def last_verdict(client: Client) -> AuditVerdict | None:
    """Of the last audit that completed, within Temporal's retention time."""
    completed = f"WorkflowType = '{AuditWorkflow.__name__}' AND ExecutionStatus = 'Completed'"
    last = [one async for one in client.list_workflows(completed, limit=1)]
    if not last:
        return None
    handle = client.get_workflow_handle_for(AuditWorkflow.run, last[0].id, run_id=last[0].run_id)
    return await handle.result()
