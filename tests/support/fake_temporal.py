"""A Temporal client that records every request and runs nothing."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, Self

from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import WorkflowExecutionStatus
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.converter import DataConverter
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from domain.customer import Card
from temporal.register import SEARCH_ATTRIBUTES
from workflows.messages import CardUpdateResult

CARD = Card(brand="visa", last4="4242", exp_month=12, exp_year=2030)
REGISTERED = CardUpdateResult(card=CARD, payments=())


@dataclass(frozen=True)
class Request:
    """What a workflow was sent: a signal or update by its name, or "start" with its options."""

    name: str
    id: str
    payload: object = None
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass
class FakeTemporal:
    """The part of a client that the API uses; `inputs` are the existing workflows' inputs, by id.

    Other workflows accept signals too, unless they are among those `gone`.
    """

    inputs: dict[str, object] = field(default_factory=dict[str, object])
    requests: list[Request] = field(default_factory=list[Request])
    gone: set[str] = field(default_factory=set[str])
    attempts: dict[str, Mapping[str, int]] = field(default_factory=dict[str, Mapping[str, int]])
    """Of running activities, by the workflow's id and the activity's name."""
    card_update: CardUpdateResult = REGISTERED
    """What every card update results in."""
    namespace: str = "default"
    data_converter: DataConverter = pydantic_data_converter

    @property
    def asked(self) -> list[tuple[str, str]]:
        """The requests' names, with the workflows' ids."""
        return [(request.name, request.id) for request in self.requests]

    async def start_workflow(
        self, workflow: str, input: object, *, id: str, **options: Any
    ) -> "FakeWorkflow":
        """Raises `WorkflowAlreadyStartedError` if one with the id exists and must not."""
        conflict = options.get("id_conflict_policy", WorkflowIDConflictPolicy.FAIL)
        if id in self.inputs and conflict is WorkflowIDConflictPolicy.FAIL:
            raise WorkflowAlreadyStartedError(id, workflow)
        self.requests.append(Request("start", id, input, {"workflow": workflow} | options))
        self.inputs[id] = input
        return FakeWorkflow(self, id)

    def get_workflow_handle(self, id: str) -> "FakeWorkflow":
        """Of a workflow that may exist."""
        return FakeWorkflow(self, id)

    @property
    def operator_service(self) -> Self:
        """Itself."""
        return self

    async def count_workflows(self, query: str) -> SimpleNamespace:
        """None are found."""
        del query
        return SimpleNamespace(count=0)

    async def list_search_attributes(self, _request: object) -> SimpleNamespace:
        """All that are needed."""
        return SimpleNamespace(custom_attributes=SEARCH_ATTRIBUTES)


@dataclass
class FakeWorkflow:
    """A workflow that may exist."""

    temporal: FakeTemporal
    id: str
    status: WorkflowExecutionStatus = WorkflowExecutionStatus.RUNNING

    async def describe(self) -> Self:
        """Raises `RPCError` if it does not exist."""
        if self.id not in self.temporal.inputs:
            raise RPCError("", RPCStatusCode.NOT_FOUND, b"")
        return self

    @property
    def raw_description(self) -> SimpleNamespace:
        """The running activities."""
        attempts = self.temporal.attempts.get(self.id, {})
        pending = [
            SimpleNamespace(activity_type=SimpleNamespace(name=name), attempt=attempt)
            for name, attempt in attempts.items()
        ]
        return SimpleNamespace(pending_activities=pending)

    async def fetch_history_events(self, **_: object) -> AsyncIterator[HistoryEvent]:
        """Its start, now. Raises `RPCError` if it does not exist."""
        await self.describe()
        payloads = await self.temporal.data_converter.encode([self.temporal.inputs[self.id]])
        event = HistoryEvent()
        event.event_time.FromDatetime(datetime.now(UTC))
        event.workflow_execution_started_event_attributes.input.payloads.extend(payloads)
        yield event

    async def signal(self, name: str, payload: object) -> None:
        """Accepts it. Raises `RPCError` if the workflow is gone."""
        if self.id in self.temporal.gone:
            raise RPCError("", RPCStatusCode.NOT_FOUND, b"")
        self.temporal.requests.append(Request(name, self.id, payload))

    async def execute_update(self, name: str, payload: object = None) -> None:
        """Accepts it."""
        self.temporal.requests.append(Request(name, self.id, payload))

    async def result(self) -> CardUpdateResult:
        """Of a card update."""
        return self.temporal.card_update


class FakeTimeSkipper:
    """Skips no time."""

    def __init__(self, temporal: FakeTemporal) -> None:
        """Of the workflows of that Temporal."""
        self._temporal = temporal

    async def get_current_time(self, _workflow: object) -> datetime:
        """Real time."""
        return datetime.now(UTC)

    async def fast_forward(self, workflow: FakeWorkflow, duration: object) -> bool:
        """Records the request and reports success."""
        self._temporal.requests.append(Request("fast_forward", workflow.id, duration))
        return True
