"""The sandbox in which workflows run: all of the SDK's restrictions, at less CPU."""

from typing import Any

from temporalio.api.enums.v1 import CommandType
from temporalio.converter import (
    SerializationContext,
    StorageDriverStoreContext,
    WorkflowSerializationContext,
)
from temporalio.worker import WorkflowInstance, WorkflowInstanceDetails
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions
from temporalio.workflow import Info


class OwnContextRunner(SandboxedWorkflowRunner):
    """Enters the sandbox for the workflow's own code only.

    The SDK (1.35) also enters it several times for each payload, to determine the context that a
    payload codec or an external store gets. Our codec only needs the id of the workflow that the
    payload is for: this one, but for children and for signals to others. We have no external store.
    """

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        """As the SDK's, with fewer questions."""
        return _WithItsContext(super().create_instance(det), det.info)


_FOR_OTHERS = {
    CommandType.COMMAND_TYPE_START_CHILD_WORKFLOW_EXECUTION,
    CommandType.COMMAND_TYPE_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION,
}


class _WithItsContext(WorkflowInstance):
    def __init__(self, instance: WorkflowInstance, info: Info) -> None:
        self._instance = instance
        self._context = WorkflowSerializationContext(
            namespace=info.namespace, workflow_id=info.workflow_id
        )

    def activate(self, act: Any) -> Any:
        return self._instance.activate(act)

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
