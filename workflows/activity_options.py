"""Every timeout and retry policy, named after what it guards."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from temporalio.common import RetryPolicy
from temporalio.workflow import ActivityConfig, LocalActivityConfig

from workflows.messages import Backoff
from workflows.names import TaskQueue

NONSENSE = ["CardUnknownError", "ConflictError", "NotFoundError", "ProviderRejectedError"]
"""Errors that the same request will meet again; everything else is a fault and is retried."""

OUTSIDE_TIMEOUT = timedelta(seconds=30)
"""For one attempt with the card provider or the carrier; longer than their requests may take."""

BOOKING_TIMEOUT = timedelta(seconds=30)
"""For one transaction in our own database, waiting for its turn included."""

LOCAL_PATIENCE = timedelta(seconds=5)
"""Longer pauses between retries of a local activity become timers, which cost no worker."""

THRIFT = 10
"""How much more slowly those are retried: each costs six events of a history, which has an end."""


LONGEST_PAUSE = timedelta(hours=6)
"""Between two looks at what may take a bank days."""


def retried(backoff: Backoff) -> RetryPolicy:
    """Faults never leave the scope in which they happen (slides 12-13): retry without end."""
    return RetryPolicy(
        initial_interval=backoff.first,
        backoff_coefficient=backoff.factor,
        maximum_interval=backoff.longest,
        non_retryable_error_types=NONSENSE,
    )


def booking(summary: str, backoff: Backoff) -> LocalActivityConfig:
    """A step that only touches the workflow's own rows; `summary` names it in the Web UI."""
    slower = backoff.model_copy(update={"longest": THRIFT * backoff.longest})
    return LocalActivityConfig(
        summary=summary,
        start_to_close_timeout=BOOKING_TIMEOUT,
        retry_policy=retried(slower),
        local_retry_threshold=LOCAL_PATIENCE,
    )


def decision(summary: str, backoff: Backoff) -> ActivityConfig:
    """A step that depends on what the workflow has heard so far; it touches only our own rows.

    No local activity: those are done before the server has taken the decision. It refuses one
    that ends a workflow when there is news, and the workflow then decides again.
    """
    return ActivityConfig(
        summary=summary,
        start_to_close_timeout=BOOKING_TIMEOUT,
        retry_policy=retried(backoff),
    )


def card_provider(summary: str, backoff: Backoff) -> ActivityConfig:
    """A step that speaks with the card provider."""
    return ActivityConfig(
        summary=summary,
        start_to_close_timeout=OUTSIDE_TIMEOUT,
        retry_policy=retried(backoff),
    )


def refund(summary: str, backoff: Backoff) -> ActivityConfig:
    """Giving money back that we owe: whatever is wrong, it is tried until somebody repaired it."""
    return ActivityConfig(
        summary=summary,
        start_to_close_timeout=OUTSIDE_TIMEOUT,
        retry_policy=replace(retried(backoff), non_retryable_error_types=None),
    )


def last_word(summary: str, backoff: Backoff) -> ActivityConfig:
    """Settling a charge that may have taken money: whatever is wrong, until somebody knows."""
    return refund(summary, backoff)


def pauses(backoff: Backoff) -> Iterator[timedelta]:
    """Before a bank is asked again that takes its time, if nobody tells us: without end."""
    pause = backoff.longest
    while True:
        yield pause
        pause = min(2 * pause, LONGEST_PAUSE)


def inventory(summary: str, backoff: Backoff) -> ActivityConfig:
    """A step in the inventory, which may be another worker's."""
    return ActivityConfig(
        summary=summary,
        task_queue=TaskQueue.FULFILLMENT,
        start_to_close_timeout=BOOKING_TIMEOUT,
        retry_policy=retried(backoff),
    )


def carrier(summary: str, backoff: Backoff) -> ActivityConfig:
    """A step that speaks with the carrier."""
    return ActivityConfig(
        summary=summary,
        task_queue=TaskQueue.FULFILLMENT,
        start_to_close_timeout=OUTSIDE_TIMEOUT,
        retry_policy=retried(backoff),
    )
