"""The commands that today's code requests when a history is replayed, in readable words."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from temporalio.api.common.v1 import Payload
from temporalio.bridge.proto.workflow_commands import WorkflowCommand
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.converter import default
from temporalio.worker import (
    Replayer,
    WorkflowInstance,
    WorkflowInstanceDetails,
    WorkflowRunner,
)

from temporal.sandbox import SANDBOX
from workflows.card_update import CardUpdateWorkflow
from workflows.order import OrderWorkflow
from workflows.payment import PaymentWorkflow
from workflows.refund import RefundWorkflow

WORKFLOWS: dict[str, type] = {
    "order": OrderWorkflow,
    "payment": PaymentWorkflow,
    "refund": RefundWorkflow,
    "card": CardUpdateWorkflow,
}
"""By what the names of their histories begin with, as their workflow ids do."""


@dataclass
class Replayed:
    """The commands up to where the replay ended; why it did, if not at the history's end."""

    commands: list[str] = field(default_factory=list[str])
    failure: Exception | None = None


class NotingRunner(WorkflowRunner):
    """Runs workflows as `runner` does, and notes the commands they issue."""

    def __init__(self, runner: WorkflowRunner) -> None:
        self.commands: list[WorkflowCommand] = []
        self._runner = runner

    def prepare_workflow(self, defn: Any) -> None:
        self._runner.prepare_workflow(defn)

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        instance = self._runner.create_instance(det)
        activate = instance.activate

        def noting(act: Any) -> Any:
            completion = activate(act)
            self.commands.extend(completion.successful.commands)
            return completion

        instance.activate = noting
        return instance


async def replay(name: str, history: str) -> Replayed:
    """Replay the history, which is JSON, under today's code."""
    noting = NotingRunner(SANDBOX)
    replayer = Replayer(
        workflows=list(WORKFLOWS.values()),
        data_converter=pydantic_data_converter,
        workflow_runner=noting,
    )
    result = await replayer.replay_workflow(
        WorkflowHistory.from_json(name, history), raise_on_replay_failure=False
    )
    return Replayed(list(_in_words(noting.commands)), result.replay_failure)


def _in_words(commands: list[WorkflowCommand]) -> Iterator[str]:
    for command in commands:
        variant = command.WhichOneof("variant")
        if variant is not None and variant != "respond_to_query":
            words = WORDS.get(variant)
            yield words(command) if words else variant.replace("_", " ")


WORDS: dict[str, Callable[[WorkflowCommand], str]] = {
    "schedule_local_activity": lambda it: (
        f"local activity {it.schedule_local_activity.activity_type}"
        f"{', again' if it.schedule_local_activity.attempt > 1 else ''}"
    ),
    "schedule_activity": lambda it: f"activity {it.schedule_activity.activity_type}",
    "start_timer": lambda it: f"timer {_summary(it)}",
    "cancel_timer": lambda _: "cancel the timer",
    "start_child_workflow_execution": lambda it: (
        f"child workflow {it.start_child_workflow_execution.workflow_type}"
        f" {_kind(it.start_child_workflow_execution.workflow_id)}"
    ),
    "cancel_child_workflow_execution": lambda _: "cancel the child workflow",
    "signal_external_workflow_execution": lambda it: (
        f"signal {it.signal_external_workflow_execution.signal_name}"
        f" to {_kind(it.signal_external_workflow_execution.workflow_execution.workflow_id)}"
    ),
    "upsert_workflow_search_attributes": lambda it: f"show {_attributes(it)}",
    "set_patch_marker": lambda it: f"patched {it.set_patch_marker.patch_id}",
    "update_response": lambda it: f"update {it.update_response.WhichOneof('response')}",
    "complete_workflow_execution": lambda _: "end",
    "fail_workflow_execution": lambda _: "fail",
}
"""How commands are written in a fingerprint; others go by Temporal's name for them."""


def _summary(command: WorkflowCommand) -> str:
    """The SDK gives none to the timer between two attempts of a local activity."""
    if not command.user_metadata.HasField("summary"):
        return "until the next attempt"
    return json.loads(command.user_metadata.summary.data)


def _kind(workflow_id: str) -> str:
    """Without the number, which differs each time a history is recorded."""
    return f"{workflow_id.partition('/')[0]}/…"


def _attributes(command: WorkflowCommand) -> str:
    attributes = command.upsert_workflow_search_attributes.search_attributes.indexed_fields
    return ", ".join(f"{name}={_value(attributes[name])}" for name in sorted(attributes))


def _value(attribute: Payload) -> str:
    """Without moments, which differ each time a history is recorded."""
    if attribute.metadata["type"] == b"Datetime":
        return "…"
    return str(default().payload_converter.from_payload(attribute))
