"""Drops malformed signals before they reach a workflow.

The SDK drops a signal that it can't decode. But it calls the handler with too few or too many
arguments, or with `None` where JSON of a model should be, if that is what was sent; the workflow's
task then fails, again and again, and the workflow is stuck for good. (An update is refused instead,
by the SDK.) A signal whose name is not known is kept, for a later release that knows it.
"""

import inspect
from collections.abc import Callable, Sequence
from typing import Any

from temporalio import workflow
from temporalio.worker import (
    HandleSignalInput,
    Interceptor,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
)


class SignalGuard(Interceptor):
    """For every workflow of a worker."""

    def workflow_interceptor_class(
        self, input: WorkflowInterceptorClassInput
    ) -> type[WorkflowInboundInterceptor]:
        """What stands before each of them."""
        del input
        return _Guarded


class _Guarded(WorkflowInboundInterceptor):
    async def handle_signal(self, input: HandleSignalInput) -> None:
        if not _takes(_handler(input.signal), input.args):
            # Not what was sent, which might be anything.
            workflow.logger.error("dropping signal %s: not what it should carry", input.signal)
            return
        await super().handle_signal(input)


def _handler(signal: str) -> Callable[..., None] | None:
    return workflow.get_signal_handler(signal)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]  the SDK leaves a type open


def _takes(handler: Callable[..., None] | None, arguments: Sequence[Any]) -> bool:
    """Whether they are what the handler says: each of our signals carries one model."""
    if handler is None:
        return False
    wanted = [parameter.annotation for parameter in inspect.signature(handler).parameters.values()]
    return len(arguments) == len(wanted) and all(map(isinstance, arguments, wanted))
