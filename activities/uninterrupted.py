"""How an activity is defined, so that Temporal never interrupts its thread."""

from collections.abc import Callable
from typing import TypeVar

from temporalio import activity

Method = TypeVar("Method", bound=Callable[..., object])


def uninterrupted_activity(method: Method) -> Method:
    """An activity in a thread, which ends by its own limits alone.

    By default the SDK raises an error in the thread once the activity is canceled, timed out, or
    its worker stops: between any two instructions. A lock that is taken just then is never
    released, and every thread that needs it waits for ever.
    """
    return activity.defn(no_thread_cancel_exception=True)(method)
