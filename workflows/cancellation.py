"""How a workflow hears of a cancellation without being torn out of what it is doing."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")


async def to_its_end(
    process: Coroutine[Any, Any, Result], on_cancellation: Callable[[], None]
) -> Result:
    """Run `process` to its end; a cancellation is only told to it, it decides what that means.

    Temporal delivers a cancellation once, as an exception wherever the workflow waits. A charge
    under way must not be left alone like that.
    """
    task = asyncio.create_task(process)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        on_cancellation()
        return await task
