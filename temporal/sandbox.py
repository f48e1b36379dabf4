"""The sandbox in which workflows run: all of the SDK's restrictions, at less CPU."""

from collections.abc import Callable, Mapping
from typing import Any, cast

from temporalio.api.enums.v1 import CommandType
from temporalio.common import MetricMeter
from temporalio.converter import (
    SerializationContext,
    StorageDriverStoreContext,
    WorkflowSerializationContext,
)
from temporalio.worker import WorkflowInstance, WorkflowInstanceDetails
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions
from temporalio.workflow import Info

from temporal.unreadable_signals import DROPPED_SIGNALS, UnreadableSignals, mark


class OwnContextRunner(SandboxedWorkflowRunner):
    """Enters the sandbox for the workflow's own code only.

    The SDK (1.35) also enters it several times for each payload, to determine the context that a
    payload codec or an external store gets. Our codec only needs the id of the workflow that the
    payload is for: this one, but for children and for signals to others. We have no external store.
    """

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        """As the SDK's, with fewer questions, and without signals that can't be read."""
        # There is none while a worker only checks that the workflow can be imported.
        functions = cast("Mapping[str, Callable[[], MetricMeter]]", det.extern_functions)  # pyright: ignore[reportUnknownMemberType]  the SDK leaves a type open
        meter = functions.get("__temporal_get_metric_meter")
        dropped = meter().create_counter(DROPPED_SIGNALS) if meter else None
        signals = UnreadableSignals(det.info.workflow_id, dropped)
        return _WithItsContext(super().create_instance(det), det.info, signals)


_FOR_OTHERS = {
    CommandType.COMMAND_TYPE_START_CHILD_WORKFLOW_EXECUTION,
    CommandType.COMMAND_TYPE_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION,
}


class _WithItsContext(WorkflowInstance):
    def __init__(self, instance: WorkflowInstance, info: Info, signals: UnreadableSignals) -> None:
        self._instance = instance
        self._signals = signals
        self._context = WorkflowSerializationContext(
            namespace=info.namespace, workflow_id=info.workflow_id
        )

    def activate(self, act: Any) -> Any:
        markers = self._signals.before(act)
        completion = self._instance.activate(act)
        mark(completion, markers)
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
    # What is not passed through is imported anew for every single run: only the workflows are.
    restrictions=SandboxRestrictions.default.with_passthrough_modules(
        "activities",
        "domain",
        "pydantic",
        "workflows.cancellation",
        "workflows.web_ui.order",
        "workflows.messages",
        "workflows.names",
        "workflows.open_charge",
        "workflows.order_commands",
        "workflows.payment_commands",
        "workflows.timers",
        "workflows.activity_options",
        "workflows.web_ui.payment",
    )
)
