"""Steps of a workflow, carried out by activities until they succeed."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar, Unpack

from temporalio import workflow
from temporalio.exceptions import ActivityError, FailureError, RetryState
from temporalio.workflow import ActivityConfig

from workflows import activity_options
from workflows.messages import Backoff

Input = TypeVar("Input")
Result = TypeVar("Result")

PAUSE = timedelta(minutes=1)
"""Before a step begins again whose activity was made to fail."""

BEGIN_AGAIN = "Begin the step again"
"""What the timer of that pause is called."""


async def execute_step(
    step: Callable[[Any, Input], Result], input: Input, **options: Unpack[ActivityConfig]
) -> Result:
    """The step's result, when it has succeeded.

    Temporal retries faults without end, unless an operator changes the activity's options: if that
    makes it fail, the step begins again with its own. Raises `ActivityError` only for errors that
    the options name as not to be retried: those are answers.
    """
    while True:
        try:
            return await workflow.execute_activity_method(step, input, **options)
        except ActivityError as error:
            if not was_made_to_fail(error):
                raise
        await workflow.sleep(PAUSE, summary=BEGIN_AGAIN)


def was_made_to_fail(error: ActivityError) -> bool:
    """False for errors that the options name as not to be retried; the others are logged."""
    if error.retry_state is RetryState.NON_RETRYABLE_FAILURE:
        return False
    workflow.logger.error(
        "%s was made to fail, and begins again", error.activity_type, exc_info=error
    )
    return True


async def execute_local_step(
    step: Callable[[Any, Input], Result], input: Input, summary: str, backoff: Backoff
) -> Result:
    """As `execute_step`, for a step that only touches the workflow's own rows; `summary` names it.

    Each further attempt of a local activity adds to the history, whose length is limited. After a
    few the step becomes an activity, which Temporal retries without events, and whose last failure
    is shown in the Web UI.
    """
    try:
        return await workflow.execute_local_activity_method(
            step, input, **activity_options.local_activity(summary, backoff)
        )
    except FailureError:
        return await execute_step(
            step, input, **activity_options.durable_activity(summary, backoff)
        )
