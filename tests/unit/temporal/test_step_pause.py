"""Slow motion delays activities, and nothing of a workflow."""

import asyncio
from typing import Any

import pytest
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput

from temporal.step_pause import slow_motion


class Next(ActivityInboundInterceptor):
    """The activity itself; notes what was slept before it."""

    def __init__(self, slept: list[float]) -> None:
        self.slept = slept
        self.before: list[float] = []

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        self.before = list(self.slept)
        return input


def test_each_activity_begins_later(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    [interceptor] = slow_motion(1.5)
    activity = Next(slept)
    given: Any = object()

    result = asyncio.run(interceptor.intercept_activity(activity).execute_activity(given))

    assert result is given
    assert activity.before == [1.5]


def test_workflows_are_not_intercepted() -> None:
    [interceptor] = slow_motion(1.5)
    input: Any = None
    assert interceptor.workflow_interceptor_class(input) is None


def test_there_is_no_interceptor_without_a_pause() -> None:
    assert slow_motion(0) == []
