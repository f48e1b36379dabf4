"""Waiting for a condition, with and without a limit: the only callers of `workflow.wait_condition`.

With the SDK's logic flag 2 (`PROCESS_WORKFLOW_ACTIVATION_JOBS_AS_SINGLE_BATCH`; off by default in
1.35) that call raises `CancelledError`, once its condition holds, in every task that waits while
its workflow is canceled: also in one that is shielded and knows of the cancellation already.
"""

import asyncio
from collections.abc import Callable
from datetime import timedelta

from temporalio import workflow


async def wait_for(condition: Callable[[], bool]) -> None:
    """Return once the condition holds.

    Raises `CancelledError` only where this task itself is canceled.
    """
    try:
        await workflow.wait_condition(condition)
    except asyncio.CancelledError:
        if _is_canceled():
            raise


async def wait_until(condition: Callable[[], bool], limit: timedelta, summary: str) -> bool:
    """False if the condition does not hold within the limit; `summary` names the timer.

    Raises `CancelledError` only where this task itself is canceled.
    """
    try:
        await workflow.wait_condition(condition, timeout=limit, timeout_summary=summary)
    except TimeoutError:
        return False
    except asyncio.CancelledError:
        if _is_canceled():
            raise
        return condition()
    return True


def _is_canceled() -> bool:
    """Whether somebody canceled the task that is running, as an eviction cancels all of them."""
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0
