"""Slow motion, STEP_PAUSE_SECONDS: a pause before each activity, so that people can watch an order.

Only activities pause, on the worker; no workflow's code or history changes.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor


def slow_motion(seconds: float) -> Sequence[Interceptor]:
    """The interceptors of a worker whose activities begin so many seconds later; none for 0."""
    return [_StepPause(seconds)] if seconds else []


class _StepPause(Interceptor):
    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        return _Paused(next, self._seconds)


class _Paused(ActivityInboundInterceptor):
    def __init__(self, next: ActivityInboundInterceptor, seconds: float) -> None:
        super().__init__(next)
        self._seconds = seconds

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        await asyncio.sleep(self._seconds)
        return await super().execute_activity(input)
