"""Every timeout and retry policy, named after what it guards."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from temporalio.common import RetryPolicy
from temporalio.workflow import ActivityConfig, LocalActivityConfig

from workflows.messages import Backoff
from workflows.names import TaskQueue

NON_RETRYABLE = ["CardUnknownError", "ConflictError"]
"""Answers of a step that calls the card provider: there is no such card, the payment has ended.

Every other error, of every step, is a fault and is retried until it is put right: also a row that
is missing because our database was restored.
"""

EXTERNAL_TIMEOUT = timedelta(seconds=30)
"""For one attempt with the card provider or the carrier; longer than their requests may take."""

DATABASE_TIMEOUT = timedelta(seconds=30)
"""For one transaction in our own database, including the wait for the write lock."""

LOCAL_RETRY_THRESHOLD = timedelta(seconds=5)
"""Longer pauses between retries of a local activity become timers, which occupy no worker."""

LOCAL_ATTEMPTS = 4
"""Of a local activity, until it becomes one that Temporal retries: see `workflows.steps`."""

LONGEST_PAUSE = timedelta(hours=6)
"""Between two look-ups of a charge that a bank may take days to decide, or two requests of one
that the card provider refuses.
"""

CARD_FIRST = timedelta(minutes=1)
"""How long a refund's account waits for its card: events keep their order in all but outages."""


def retried(backoff: Backoff) -> RetryPolicy:
    """Retry faults without end: a failure never leaves the scope it happened in (slides 12-13)."""
    return RetryPolicy(
        initial_interval=backoff.first,
        backoff_coefficient=backoff.factor,
        maximum_interval=backoff.longest,
    )


def local_activity(summary: str, backoff: Backoff) -> LocalActivityConfig:
    """A step that only touches the workflow's own rows; `summary` names it in the Web UI."""
    return LocalActivityConfig(
        summary=summary,
        start_to_close_timeout=DATABASE_TIMEOUT,
        retry_policy=replace(retried(backoff), maximum_attempts=LOCAL_ATTEMPTS),
        local_retry_threshold=LOCAL_RETRY_THRESHOLD,
    )


def durable_activity(summary: str, backoff: Backoff) -> ActivityConfig:
    """A step in our own rows that must run only once the server has accepted the decision to.

    A local activity runs before that. If the decision is lost, or rejected because there is a new
    signal, the workflow decides again.
    """
    return ActivityConfig(
        summary=summary,
        start_to_close_timeout=DATABASE_TIMEOUT,
        retry_policy=retried(backoff),
    )


def card_provider(summary: str, backoff: Backoff) -> ActivityConfig:
    """A step that calls the card provider, which may answer with an error."""
    return ActivityConfig(
        summary=summary,
        start_to_close_timeout=EXTERNAL_TIMEOUT,
        retry_policy=replace(retried(backoff), non_retryable_error_types=NON_RETRYABLE),
    )


def retried_without_limit(summary: str, backoff: Backoff) -> ActivityConfig:
    """A required step at the card provider: every error is retried until somebody repairs it."""
    return ActivityConfig(
        summary=summary,
        start_to_close_timeout=EXTERNAL_TIMEOUT,
        retry_policy=retried(backoff),
    )


def pauses(backoff: Backoff) -> Iterator[timedelta]:
    """Pauses before a charge is looked up or requested again: ever longer, without end."""
    pause = backoff.longest
    while True:
        yield pause
        pause = min(2 * pause, LONGEST_PAUSE)


def inventory(summary: str, backoff: Backoff) -> ActivityConfig:
    """A step in the inventory, which another worker may carry out."""
    return ActivityConfig(
        summary=summary,
        task_queue=TaskQueue.FULFILLMENT,
        start_to_close_timeout=DATABASE_TIMEOUT,
        retry_policy=retried(backoff),
    )


def carrier(summary: str, backoff: Backoff) -> ActivityConfig:
    """A step that calls the carrier."""
    return ActivityConfig(
        summary=summary,
        task_queue=TaskQueue.FULFILLMENT,
        start_to_close_timeout=EXTERNAL_TIMEOUT,
        retry_policy=retried(backoff),
    )
