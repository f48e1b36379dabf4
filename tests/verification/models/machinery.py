"""Runs a workflow in the SDK's own machinery, without a server: the test decides what happens when.

The machinery is the SDK's private affair, so that a new SDK may require changes here.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp
from temporalio.api.common.v1 import Payload, Payloads
from temporalio.bridge.proto.activity_result import ActivityResolution, Success
from temporalio.bridge.proto.workflow_activation import (
    CancelWorkflow,
    FireTimer,
    InitializeWorkflow,
    RemoveFromCache,
    ResolveActivity,
    SignalWorkflow,
    WorkflowActivation,
    WorkflowActivationJob,
)
from temporalio.bridge.proto.workflow_commands import WorkflowCommand
from temporalio.common import MetricMeter, Priority, TypedSearchAttributes
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import UnsandboxedWorkflowRunner, WorkflowInstanceDetails
from temporalio.workflow import Info, _Definition

Job = WorkflowActivationJob

Activation = tuple[datetime, tuple[Job, ...]]
"""What was looked at together, and when."""

CONVERTER = pydantic_data_converter.payload_converter


@dataclass(frozen=True)
class Wanted:
    """An activity that the workflow waits for."""

    seq: int
    name: str
    arguments: tuple[Payload, ...]
    is_local: bool


class WorkflowMachine:
    """One run of a workflow, and what it waits for: timers by when they are due, activities.

    What it has decided counts only when it is accepted; until then it may all have no effect.
    """

    def __init__(self, workflow: type, id: str, started_at: datetime) -> None:
        """Nothing of it has run yet."""
        self.timers: dict[int, datetime] = {}
        self.activities: dict[int, Wanted] = {}
        self.steps: list[str] = []
        self.pending_jobs: list[Job] = []
        self.result: Payload | None = None
        self._run = workflow, id, started_at
        self._history: list[Activation] = []
        self._task: list[Activation] = []
        self._instance = asyncio.run(_instance(*self._run))

    def enqueue(self, *jobs: Job) -> None:
        """Add jobs for the next activation."""
        for job in jobs:
            self.timers.pop(job.fire_timer.seq, None)
            if job.HasField("resolve_activity"):
                del self.activities[job.resolve_activity.seq]
        self.pending_jobs += jobs

    def activate(self, now: datetime, *jobs: Job) -> None:
        """Activate the workflow at this time with all pending jobs and these.

        Raises AssertionError if the workflow's code does.
        """
        self.enqueue(*jobs)
        jobs, self.pending_jobs = tuple(self.pending_jobs), []
        self._task.append((now, jobs))
        timestamp = Timestamp()
        timestamp.FromDatetime(now)
        completion = self._instance.activate(
            WorkflowActivation(run_id="run", timestamp=timestamp, jobs=jobs)
        )
        assert not completion.HasField("failed"), completion.failed.failure
        for command in completion.successful.commands:
            self._obey(now, command)

    def accept(self) -> None:
        """The server accepts the workflow task: its commands are in the history."""
        self._history += self._task
        self._task = []

    def again(self) -> "WorkflowMachine":
        """The same run at another worker, by its history; the task not accepted is pending again.

        Results of local activities were in no history: those are wanted again.
        """
        machine = WorkflowMachine(*self._run)
        for now, jobs in self._history:
            machine.activate(now, *jobs)
        machine.accept()
        for _, jobs in self._task[:1]:
            machine.enqueue(*[job for job in jobs if not machine.is_local(job)])
        return machine

    def is_local(self, job: Job) -> bool:
        """Whether it is the result of a local activity that is waited for."""
        wanted = self.activities.get(job.resolve_activity.seq)
        return job.HasField("resolve_activity") and wanted is not None and wanted.is_local

    @property
    def local_activity(self) -> Wanted | None:
        """One that is waited for, if there is one."""
        return next((wanted for wanted in self.activities.values() if wanted.is_local), None)

    def close(self) -> None:
        """Let the machinery go, as a worker does whose cache is full."""
        self.activate(datetime.now().astimezone(), Job(remove_from_cache=RemoveFromCache()))

    def _obey(self, now: datetime, command: WorkflowCommand) -> None:
        match command.WhichOneof("variant"):
            case "start_timer":
                timer = command.start_timer
                self.timers[timer.seq] = now + timer.start_to_fire_timeout.ToTimedelta()
            case "cancel_timer":
                self.timers.pop(command.cancel_timer.seq, None)
            case "schedule_activity":
                self._want(command.schedule_activity, is_local=False)
            case "schedule_local_activity":
                self._want(command.schedule_local_activity, is_local=True)
            case "complete_workflow_execution":
                self.result = command.complete_workflow_execution.result
            case "upsert_workflow_search_attributes":
                pass
            case other:
                raise AssertionError(f"nobody here can {other}")

    def _want(self, wanted: Any, *, is_local: bool) -> None:
        arguments = tuple(wanted.arguments)
        self.steps.append(wanted.activity_type)
        self.activities[wanted.seq] = Wanted(wanted.seq, wanted.activity_type, arguments, is_local)


def started(input: object) -> Job:
    """The workflow starts."""
    return Job(initialize_workflow=InitializeWorkflow(arguments=CONVERTER.to_payloads([input])))


def timer_fired(seq: int) -> Job:
    """A timer fired."""
    return Job(fire_timer=FireTimer(seq=seq))


def activity_done(seq: int, result: object) -> Job:
    """An activity has come back with its result."""
    [payload] = CONVERTER.to_payloads([result])
    resolution = ActivityResolution(completed=Success(result=payload))
    return Job(resolve_activity=ResolveActivity(seq=seq, result=resolution))


def signaled(name: str, input: object) -> Job:
    """A signal."""
    payloads = CONVERTER.to_payloads([input])
    signal = SignalWorkflow(signal_name=name, input=payloads, originating_event_id=1)
    return Job(signal_workflow=signal)


def canceled() -> Job:
    """A cancellation request."""
    return Job(cancel_workflow=CancelWorkflow())


async def _instance(workflow: type, id: str, started_at: datetime) -> Any:
    definition = _Definition.must_from_class(workflow)
    info = Info(
        attempt=1,
        continued_run_id=None,
        cron_schedule=None,
        execution_timeout=None,
        first_execution_run_id="run",
        headers={},
        namespace="default",
        original_execution_run_id="run",
        parent=None,
        root=None,
        priority=Priority.default,
        raw_memo={},
        retry_policy=None,
        run_id="run",
        run_timeout=None,
        search_attributes={},
        start_time=started_at,
        task_queue="payments",
        task_timeout=timedelta(seconds=10),
        typed_search_attributes=TypedSearchAttributes.empty,
        workflow_id=id,
        workflow_start_time=started_at,
        workflow_type=str(definition.name),
    )
    details = WorkflowInstanceDetails(
        payload_converter_factory=lambda: CONVERTER,
        failure_converter_class=pydantic_data_converter.failure_converter_class,
        interceptor_classes=[],
        defn=definition,
        info=info,
        randomness_seed=0,
        extern_functions={
            "__temporal_get_metric_meter": lambda: MetricMeter.noop,
            "__temporal_assert_local_activity_valid": lambda _name: None,
        },
        disable_eager_activity_execution=True,
        worker_level_failure_exception_types=[],
        patch_activation_callback=None,
        last_completion_result=Payloads(),
        last_failure=None,
    )
    return UnsandboxedWorkflowRunner().create_instance(details)
