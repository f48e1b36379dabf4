"""Resets: an operator lets a workflow go on from an earlier event of its history."""

from collections.abc import Callable

from temporalio import workflow


def was_reset() -> Callable[[], bool]:
    """A condition that holds once the workflow is reset to an event after this call."""
    seed = workflow.random_seed()  # Temporal gives each run that comes of a reset another one
    return lambda: workflow.random_seed() != seed
