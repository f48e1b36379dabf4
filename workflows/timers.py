"""Waiting for something, but not for ever."""

from collections.abc import Callable
from datetime import timedelta

from temporalio import workflow


async def happens(condition: Callable[[], bool], limit: timedelta, summary: str) -> bool:
    """Whether the condition comes to hold within the limit; `summary` names the timer."""
    try:
        await workflow.wait_condition(condition, timeout=limit, timeout_summary=summary)
    except TimeoutError:
        return False
    return True
