"""How a workflow is notified of a cancellation without being interrupted."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")


async def shielded_from_cancellation(
    process: Coroutine[Any, Any, Result], on_cancellation: Callable[[], None]
) -> Result:
    """Run `process` to its end; a cancellation calls `on_cancellation` instead of interrupting it.

    Temporal delivers a cancellation once, as an exception wherever the workflow waits. It must not
    interrupt a charge under way.
    """
    task = asyncio.create_task(process)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        on_cancellation()
        return await task
