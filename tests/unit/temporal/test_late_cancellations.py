"""A cancellation that comes after its activity's end does not end the worker of a test."""

from temporalio.bridge.proto.activity_task import Cancel
from temporalio.worker._activity import _ActivityWorker


def test_the_sdks_warning_is_no_error() -> None:
    worker = _ActivityWorker.__new__(_ActivityWorker)
    worker._running_activities = {}

    worker._handle_cancel_activity_task(b"ended", Cancel())
