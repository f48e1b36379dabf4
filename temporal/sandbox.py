"""The sandbox in which workflows run: all of the SDK's restrictions, at less CPU."""

from typing import Any

from temporalio.converter import SerializationContext, StorageDriverStoreContext
from temporalio.worker import WorkflowInstance, WorkflowInstanceDetails
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions
from temporalio.workflow import Info


class ContextFreeRunner(SandboxedWorkflowRunner):
    """Enters the sandbox for the workflow's own code only.

    The SDK (1.35) also enters it several times for each payload, to determine the context that a
    payload codec or an external store would get. Our codec needs no context and works in the
    worker's event loop; we have no external store.
    """

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        """As the SDK's, without contexts."""
        return _WithoutContexts(super().create_instance(det))


class _WithoutContexts(WorkflowInstance):
    def __init__(self, instance: WorkflowInstance) -> None:
        self._instance = instance

    def activate(self, act: Any) -> Any:
        return self._instance.activate(act)

    def get_info(self) -> Info:
        return self._instance.get_info()

    def get_thread_id(self) -> int | None:
        return self._instance.get_thread_id()

    def get_serialization_context(self, command_info: object) -> SerializationContext | None:
        del command_info
        return None

    def get_external_store_context(self, command_info: object) -> StorageDriverStoreContext:
        del command_info
        return StorageDriverStoreContext(target=None)


SANDBOX = ContextFreeRunner(
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
