"""Steps that only touch the workflow's own rows, done without a task of their own."""

from collections.abc import Callable
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.exceptions import FailureError

from workflows import activity_options
from workflows.messages import Backoff

Input = TypeVar("Input")
Result = TypeVar("Result")


async def execute_local_step(
    step: Callable[[Any, Input], Result], input: Input, summary: str, backoff: Backoff
) -> Result:
    """The step's result, when it has succeeded; `summary` names it in the Web UI.

    Each further attempt of a local activity adds to the history, whose length is limited. After a
    few the step becomes an activity, which Temporal retries without end and without events, and
    whose last failure is shown in the Web UI.
    """
    try:
        return await workflow.execute_local_activity_method(
            step, input, **activity_options.local_activity(summary, backoff)
        )
    except FailureError:
        return await workflow.execute_activity_method(
            step, input, **activity_options.durable_activity(summary, backoff)
        )
