"""Waiting for a condition, with a limit."""

from collections.abc import Callable
from datetime import timedelta

from temporalio import workflow


async def wait_until(condition: Callable[[], bool], limit: timedelta, summary: str) -> bool:
    """False if the condition does not hold within the limit; `summary` names the timer."""
    try:
        await workflow.wait_condition(condition, timeout=limit, timeout_summary=summary)
    except TimeoutError:
        return False
    return True
