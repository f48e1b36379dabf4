"""A child workflow that goes on while its parent is reset to an earlier event.

An operator resets an order: its new run knows nothing of what the former one started since that
event, and Temporal does not tell it. The child that is already there is joined instead.
"""

import asyncio
from collections.abc import Awaitable, Coroutine, Generator
from contextlib import suppress
from typing import Any, Generic, TypeVar, cast

from pydantic import TypeAdapter
from temporalio import workflow
from temporalio.exceptions import (
    ApplicationError,
    ChildWorkflowError,
    WorkflowAlreadyStartedError,
)

from workflows import activity_options
from workflows.messages import Backoff
from workflows.resets import was_reset
from workflows.steps import execute_step
from workflows.timers import wait_for

with workflow.unsafe.imports_passed_through():
    from activities.joined_workflows import JoinedWorkflow, JoinedWorkflowActivities

JOINED_CHILDREN = "joined-children"
"""Orders that canceled their payment, or were reset, before this patch do not join children."""

Result = TypeVar("Result")


class EndedByForceError(Exception):
    """The child was terminated, or its end is not known to Temporal any more."""


class JoinedChild(Generic[Result]):
    """Awaited, it is the child's result, whichever run started the child.

    Raises `EndedByForceError` then.
    """

    def __init__(self, id: str, result_type: type[Result], backoff: Backoff) -> None:
        """The child with that id, which this workflow has not started yet."""
        self._id = id
        self._result_type = TypeAdapter[Result](result_type)
        self._backoff = backoff
        self._was_reset = was_reset()
        self._child: workflow.ChildWorkflowHandle[Any, Result] | None = None
        self._end: asyncio.Task[JoinedWorkflow] | None = None
        self._is_notified_only = False

    async def start(
        self, starting: Awaitable[workflow.ChildWorkflowHandle[Any, Result]]
    ) -> "JoinedChild[Result]":
        """Start the child, unless it is there already; returns this object."""
        try:
            self._child = await starting
        except WorkflowAlreadyStartedError:
            self._look_up_end()
        else:
            self._watching = asyncio.create_task(self._look_up_end_after_reset())
        return self

    def done(self) -> bool:
        """Whether the child has ended, as far as this workflow knows."""
        is_told = self._child is not None and self._child.done()
        return is_told or (self._end is not None and self._end.done())

    def cancel(self) -> None:
        """Request the child's cancellation; one that has ended is not affected."""
        if self._child is None or self._end is not None:
            self._canceling = asyncio.create_task(self._cancel_joined())
        else:
            self._is_notified_only = not workflow.patched(JOINED_CHILDREN)
            self._child.cancel()

    def __await__(self) -> Generator[Any, Any, Result]:
        """The result."""
        return self._result().__await__()

    async def _result(self) -> Result:
        if not self._is_notified_only:
            await wait_for(self.done)
        if self._child is not None and (self._is_notified_only or self._child.done()):
            try:
                return await self._child
            except ChildWorkflowError as error:
                raise EndedByForceError(self._id) from error
        end = await self._end if self._end is not None else None
        if end is None or not end.is_completed:
            raise EndedByForceError(self._id)
        return self._result_type.validate_python(end.result)

    async def _look_up_end_after_reset(self) -> None:
        await wait_for(lambda: self.done() or self._was_reset())
        if not self.done() and workflow.patched(JOINED_CHILDREN):
            self._look_up_end()

    def _look_up_end(self) -> None:
        options = activity_options.retried_without_limit(f"Wait for {self._id}", self._backoff)
        look_up = execute_step(JoinedWorkflowActivities.look_up_end, self._id, **options)
        # Its activity is a coroutine, the step's result is what that returns.
        self._end = asyncio.create_task(cast("Coroutine[Any, Any, JoinedWorkflow]", look_up))

    async def _cancel_joined(self) -> None:
        with suppress(ApplicationError):  # it has ended
            await workflow.get_external_workflow_handle(self._id).cancel()
