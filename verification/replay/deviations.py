"""Replays histories and names each that today's code would not have led to."""

import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace

from temporalio.client import Client, WorkflowHistory
from temporalio.converter import DefaultFailureConverter
from temporalio.runtime import Runtime
from temporalio.worker import Replayer

from temporal.sandbox import SANDBOX
from temporal.signal_guard import SignalGuard
from verification.replay.selection import Selection
from workflows.card_update import CardUpdateWorkflow
from workflows.order import OrderWorkflow
from workflows.payment import PaymentWorkflow
from workflows.refund import RefundWorkflow

WORKFLOWS = (OrderWorkflow, PaymentWorkflow, RefundWorkflow, CardUpdateWorkflow)
TYPES = tuple(one.__name__ for one in WORKFLOWS)
EVERY = 10**9
"""More closed executions than a server has."""


@dataclass(frozen=True)
class Replayed:
    """One execution; why the code deviates from its history, in one line, or None."""

    workflow_id: str
    run_id: str
    deviation: str | None

    def __str__(self) -> str:
        return f"{self.workflow_id}, run {self.run_id}: {self.deviation or 'as recorded'}"


async def replay(
    client: Client,
    histories: AsyncIterator[WorkflowHistory],
    runtime: Runtime | None = None,
    workflows: Sequence[type] = WORKFLOWS,
) -> AsyncIterator[Replayed]:
    """One history after the other, as the client's namespace and payload codec have them.

    Without a `runtime` the SDK's default one replays.
    """
    readable = replace(client.data_converter, failure_converter_class=DefaultFailureConverter)
    replayer = Replayer(
        workflows=workflows,
        namespace=client.namespace,  # ciphertext is bound to it
        data_converter=readable,
        interceptors=[SignalGuard()],
        workflow_runner=SANDBOX,
        runtime=runtime,
    )
    async with replayer.workflow_replay_iterator(histories) as results:
        async for result in results:
            history, failure = result.history, result.replay_failure
            yield Replayed(history.workflow_id, history.run_id, failure and _in_a_line(failure))


async def replay_all(client: Client, workflows: Sequence[type] = WORKFLOWS) -> list[Replayed]:
    """Every execution that the server has, open or closed. Raises `RPCError`."""
    histories = Selection(TYPES, EVERY).read(client)
    return [one async for one in replay(client, histories, workflows=workflows)]


_MESSAGE_IN_RUST = re.compile(r'Failure \{ message: "((?:[^"\\]|\\.)*)"')
"""The SDK passes on what a workflow raised as Rust prints it."""


def _in_a_line(failure: Exception) -> str:
    raised = _MESSAGE_IN_RUST.search(str(failure))
    return " ".join((raised[1] if raised else str(failure)).split()) or repr(failure)
