"""Plays the workflows and keeps what Temporal recorded of them, at an end or at a wait."""

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowFailureError, WorkflowHandle, WorkflowHistory
from temporalio.service import RPCError, RPCStatusCode

from domain.errors import NotFoundError
from domain.statuses import OrderStatus
from gateways.cards import ChargeRequest, Declined, Outcome, Pending
from storage import orders, payments
from tests.integration.workflows.harness import TIMEOUT_SECONDS, Harness
from tests.support.fakes import FakeCards
from tests.verification.replay.replayer import replay
from workflows.messages import Backoff, TermsSnapshot

WORKFLOW_TASK = {
    EventType.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED,
    EventType.EVENT_TYPE_WORKFLOW_TASK_STARTED,
    EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED,
    EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED,
    EventType.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT,
}


NOISE = {
    "historySizeBytes",
    "meteringMetadata",
    "requestId",
    "stackTrace",
    "taskId",
    "workerVersion",
}

GOOD, BAD, BAD_TOO = "pm_good", "pm_bad", "pm_bad_too"
TO_AUTHENTICATE, SLOW_BANK = "pm_to_authenticate", "pm_slow_bank"

SLOWLY = TermsSnapshot(
    backoff=Backoff(first=timedelta(hours=1), longest=timedelta(hours=1)), spares_history=True
)
"""A local activity is retried later than its worker cares to wait: by a timer."""

REMINDER = "timer Reminder 1 is due"
PARKED = "timer Request the refused charge again"
RETRIED = "timer until the next attempt"


class Play:
    """Keeps histories, named after what the books say of their order or payment at the moment."""

    def __init__(self, harness: Harness) -> None:
        self.harness = harness
        self.kept: dict[str, str] = {}

    async def ends(self, handle: WorkflowHandle[Any, Any], detail: str = "") -> None:
        """The workflow ends, `detail` tells how."""
        await handle.result()
        self._keep(handle, await handle.fetch_history(), detail)

    async def fails(self, handle: WorkflowHandle[Any, Any], detail: str) -> None:
        """The workflow ends with a failure, `detail` tells which."""
        with pytest.raises(WorkflowFailureError):
            await handle.result()
        self._keep(handle, await handle.fetch_history(), detail)

    async def waits(
        self, handle: WorkflowHandle[Any, Any], last_command: str, detail: str = ""
    ) -> None:
        """The workflow waits for what its last command asked for."""
        self._keep(handle, await self.comes_to_wait(handle, last_command), detail)

    async def comes_to_wait(
        self, handle: WorkflowHandle[Any, Any], last_command: str
    ) -> WorkflowHistory:
        """As `waits`, but only returns the history."""
        async with asyncio.timeout(TIMEOUT_SECONDS):
            while True:
                try:
                    history = await handle.fetch_history()
                    if _is_idle(history) and await _last_command(history) == last_command:
                        return history
                except RPCError as error:
                    if error.status is not RPCStatusCode.NOT_FOUND:
                        raise
                await asyncio.sleep(0.05)

    def _keep(
        self, handle: WorkflowHandle[Any, Any], history: WorkflowHistory, detail: str
    ) -> None:
        kind, _, id = handle.id.partition("/")
        name = "-".join([kind, *self._books(kind, id), *([detail] if detail else [])])
        if name in self.kept:
            raise ValueError(f"two histories are called {name}")
        self.kept[name] = _line_by_line(history)

    def _books(self, kind: str, id: str) -> list[str]:
        with self.harness.database.read() as tx:
            match kind:
                case "order":
                    try:
                        order = orders.find(tx, id)
                    except NotFoundError:
                        return [OrderStatus.PLACED]
                    reason = [] if order.reason is None else [order.reason]
                    return [order.status, order.policy, *reason]
                case "payment" | "refund":
                    return [payments.find(tx, id.partition("/")[0]).status]
                case _:
                    return []


Scenario = Callable[[Play], Awaitable[None]]


@contextmanager
def unavailable(owner: object, name: str) -> Generator[None]:
    """What `owner` does under that name fails, whenever it is asked for."""

    def fail(*args: object, **names: object) -> None:
        raise ConnectionError(f"{name} can't be done now")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(owner, name, fail)
        yield


@contextmanager
def left_open(cards: FakeCards) -> Generator[None]:
    """Charges of the two cards above are left open, to be found there as `pi_<payment id>`."""
    answer = cards.answer

    def leave_open(charge: ChargeRequest) -> Outcome:
        id = f"pi_{charge.payment_id}"
        match charge.payment_method:
            case "pm_to_authenticate":
                cards.open[id] = Declined("authentication_required", "Please authenticate.", id)
            case "pm_slow_bank":
                cards.open[id] = Pending(id)
            case _:
                return answer(charge)
        return cards.open[id]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cards, "answer", leave_open)
        yield


@contextmanager
def held_up(owner: object, name: str) -> Generator[threading.Event]:
    """What `owner` does under that name takes until the end of the block.

    The event is set once it has begun.
    """
    begun, go_on, original = threading.Event(), threading.Event(), getattr(owner, name)

    def wait(*args: object, **names: object) -> object:
        begun.set()
        go_on.wait(TIMEOUT_SECONDS)
        return original(*args, **names)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(owner, name, wait)
        try:
            yield begun
        finally:
            go_on.set()


def _is_idle(history: WorkflowHistory) -> bool:
    """No workflow task is under way, nor is a child about to be there."""
    types = [event.event_type for event in history.events]
    tasks = [type for type in types if type in WORKFLOW_TASK]
    initiated = types.count(EventType.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED)
    started = types.count(EventType.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_STARTED)
    return tasks[-1:] == [EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED] and initiated == started


async def _last_command(history: WorkflowHistory) -> str:
    commands = (await replay(history.workflow_id, history.to_json())).commands
    return commands[-1] if commands else ""


def _line_by_line(history: WorkflowHistory) -> str:
    """One event per line, without what tells of the machine or is of no use to a replay."""
    events = json.loads(history.to_json(), object_hook=_without_noise)["events"]
    lines = ",\n".join(json.dumps(event, separators=(",", ":")) for event in events)
    return f'{{"events":[\n{lines}\n]}}\n'


def _without_noise(value: dict[str, Any]) -> dict[str, Any]:
    return {key: what for key, what in value.items() if key not in NOISE}
