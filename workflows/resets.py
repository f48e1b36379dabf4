"""Resets: an operator lets a workflow go on from an earlier event of its history."""

import asyncio
from collections.abc import Awaitable, Callable

from temporalio import workflow

from workflows.timers import wait_for


def was_reset() -> Callable[[], bool]:
    """A condition that holds once the workflow is reset to an event after this call."""
    seed = workflow.random_seed()  # Temporal gives each run that comes of a reset another one
    return lambda: workflow.random_seed() != seed


class ResetWatch:
    """Looks, once the workflow is reset, for what has happened since the event it goes on from."""

    def __init__(self, look: Callable[[], Awaitable[None]]) -> None:
        """Watches from now on."""
        self._was_reset = was_reset()
        self._has_looked = False
        self._watching = asyncio.create_task(self._look_after_reset(look))

    async def _look_after_reset(self, look: Callable[[], Awaitable[None]]) -> None:
        await wait_for(self._was_reset)
        try:
            await look()
        finally:
            self._has_looked = True

    async def finish(self) -> None:
        """Return when nothing is looked for any more.

        A workflow task that ends its workflow while a local activity runs is never completed.
        """
        await wait_for(lambda: self._has_looked or not self._was_reset())
