"""Drops signals whose key this worker does not have, so that none of them stops a workflow.

Whoever may send a signal could otherwise stop a payment by naming a key that does not exist. What
was dropped stays dropped, even if the key is added later: a marker in the history says so, or a
replay with that key would take another course. A new update without its key is refused, which
leaves nothing in the history. Anything else with an unknown key, and a signal or update that was
read before, fails the workflow's task until the key is there.
"""

import logging
from collections.abc import Iterator

from google.protobuf.message import Message
from temporalio.api.common.v1 import Payload
from temporalio.bridge.proto.workflow_activation import SignalWorkflow, WorkflowActivation
from temporalio.bridge.proto.workflow_commands import SetPatchMarker, WorkflowCommand
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion
from temporalio.common import MetricCounter

from security.payload_codec import REFUSED, missing_key

log = logging.getLogger(__name__)

DROPPED_SIGNALS = "signals_dropped_without_key"
"""The name of the worker's counter."""

REFUSED_BEFORE = Payload(metadata={"encoding": REFUSED}, data=b"Its key was added later.")


class UnreadableSignals:
    """Of one run of a workflow, whose activations pass here in their order."""

    def __init__(self, workflow_id: str, dropped: MetricCounter | None) -> None:
        """`dropped` counts."""
        self._workflow_id = workflow_id
        self._dropped = dropped
        self._signals = 0
        self._markers: set[str] = set()

    def before(self, activation: WorkflowActivation) -> list[str]:
        """The markers of the signals that are dropped; the SDK drops those that are refused.

        It also refuses new updates that can't be read.

        Raises `UnknownKeyError` if something else can't be read, or could be read before.
        """
        self._markers |= {
            job.notify_has_patch.patch_id
            for job in activation.jobs
            if job.HasField("notify_has_patch")
        }
        dropped: list[str] = []
        for job in activation.jobs:
            if not job.HasField("signal_workflow"):
                # Only of an update that was not accepted before.
                if not job.do_update.run_validator:
                    _require_keys(job)
            elif marker := self._drop(job.signal_workflow, is_replay=activation.is_replaying):
                dropped.append(marker)
        return dropped

    def _drop(self, signal: SignalWorkflow, *, is_replay: bool) -> str | None:
        self._signals += 1
        marker = f"signal {self._signals} dropped without its key"
        was_dropped = marker in self._markers
        error = next(filter(None, map(missing_key, signal.input)), None)
        if was_dropped:
            if error is None:
                del signal.input[:]
                signal.input.append(REFUSED_BEFORE)
            return marker
        if error is None:
            return None
        if is_replay:
            raise error
        log.error(
            "dropping signal %s of %s: PAYLOAD_KEYS does not have its key %r",
            signal.signal_name,
            self._workflow_id,
            error.id,
        )
        if self._dropped is not None:
            self._dropped.add(1)
        return marker


def mark(completion: WorkflowActivationCompletion, markers: list[str]) -> None:
    """Record the markers, before all other commands."""
    if not markers or not completion.HasField("successful"):
        return
    commands = [
        *(WorkflowCommand(set_patch_marker=SetPatchMarker(patch_id=id)) for id in markers),
        *completion.successful.commands,
    ]
    del completion.successful.commands[:]
    completion.successful.commands.extend(commands)


def _require_keys(message: Message) -> None:
    """Raises `UnknownKeyError` if the message has a payload without its key."""
    # Looking at every payload is slow; most messages have none that was refused.
    if REFUSED not in message.SerializeToString():
        return
    for payload in _payloads(message):
        if error := missing_key(payload):
            raise error


def _payloads(message: Message) -> Iterator[Payload]:
    if isinstance(message, Payload):
        yield message
        return
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        if field.message_type.GetOptions().map_entry:
            parts = [part for part in value.values() if isinstance(part, Message)]
        else:
            parts = [value] if isinstance(value, Message) else value
        for part in parts:
            yield from _payloads(part)
