"""The sandbox in which workflows run: all of the SDK's restrictions, at less CPU."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from temporalio.api.enums.v1 import CommandType
from temporalio.common import MetricMeter, VersioningBehavior
from temporalio.converter import (
    SerializationContext,
    StorageDriverStoreContext,
    WorkflowSerializationContext,
)
from temporalio.worker import WorkflowInstance, WorkflowInstanceDetails
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions
from temporalio.workflow import Info

from temporal.unreadable_signals import DROPPED_SIGNALS, UnreadableSignals, mark


@dataclass(frozen=True)
class OwnContextRunner(SandboxedWorkflowRunner):
    """Enters the sandbox for the workflow's own code only.

    Workflows of the `pinned` types stay with the build of the worker that began them. Temporal
    refuses that from a worker without a build, so that no workflow can declare it itself.

    The SDK (1.35) also enters it several times for each payload, to determine the context that a
    payload codec or an external store gets. Our codec only needs the id of the workflow that the
    payload is for: this one, but for children and for signals to others. We have no external store.
    """

    pinned: frozenset[str] = frozenset()

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        """As the SDK's, with fewer questions, and without signals that can't be read."""
        # There is none while a worker only checks that the workflow can be imported.
        functions = cast("Mapping[str, Callable[[], MetricMeter]]", det.extern_functions)  # pyright: ignore[reportUnknownMemberType]  the SDK leaves a type open
        meter = functions.get("__temporal_get_metric_meter")
        dropped = meter().create_counter(DROPPED_SIGNALS) if meter else None
        signals = UnreadableSignals(det.info.workflow_id, dropped)
        is_pinned = det.info.workflow_type in self.pinned
        return _WithItsContext(super().create_instance(det), det.info, signals, is_pinned=is_pinned)


_FOR_OTHERS = {
    CommandType.COMMAND_TYPE_START_CHILD_WORKFLOW_EXECUTION,
    CommandType.COMMAND_TYPE_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION,
}


class _WithItsContext(WorkflowInstance):
    def __init__(
        self,
        instance: WorkflowInstance,
        info: Info,
        signals: UnreadableSignals,
        *,
        is_pinned: bool,
    ) -> None:
        self._instance = instance
        self._signals = signals
        self._is_pinned = is_pinned
        self._context = WorkflowSerializationContext(
            namespace=info.namespace, workflow_id=info.workflow_id
        )

    def activate(self, act: Any) -> Any:
        markers = self._signals.before(act)
        completion = self._instance.activate(act)
        mark(completion, markers)
        if self._is_pinned and completion.HasField("successful"):
            completion.successful.versioning_behavior = VersioningBehavior.PINNED.value
        return completion

    def get_info(self) -> Info:
        return self._instance.get_info()

    def get_thread_id(self) -> int | None:
        return self._instance.get_thread_id()

    def get_serialization_context(self, command_info: Any) -> SerializationContext | None:
        if command_info is not None and command_info.command_type in _FOR_OTHERS:
            return self._instance.get_serialization_context(command_info)
        return self._context

    def get_external_store_context(self, command_info: object) -> StorageDriverStoreContext:
        del command_info
        return StorageDriverStoreContext(target=None)


SANDBOX = OwnContextRunner(
    # What is not passed through is imported anew for every single run: 3 ms of CPU an order. Tests
    # run the workflows in a sandbox that does, with all restrictions (tests/support/sandboxes.py).
    restrictions=SandboxRestrictions.default.with_passthrough_modules(
        "activities", "domain", "pydantic", "workflows"
    )
)

PINNING_SANDBOX = replace(SANDBOX, pinned=frozenset({"RefundWorkflow", "CardUpdateWorkflow"}))
"""For workers with a build: these workflows end within hours or days, and need no patches then."""
