"""The clock of a payment: after a fast-forward in development mode it is ahead of real time."""

import asyncio
from datetime import UTC, datetime, timedelta

from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import TimeSkipper

from api.errors import AnswerPendingError, DependencyUnavailableError, NotSupportedError
from api.infrastructure.database import AsyncDatabase
from api.infrastructure.temporal import LOOKUP_TIMEOUT, WorkflowNotFoundError, temporal_call
from api.services.queries import is_refund_pending
from domain.errors import ConflictError
from domain.payment import Payment
from storage import payments
from workflows.names import payment_workflow_id

FAST_FORWARD_TIMEOUT = timedelta(seconds=30)
"""How long skipping time, and then the work that has become due, may take."""

_SHORTEST = timedelta(milliseconds=1)
_POLL_SECONDS = 0.05
_UNABLE = {RPCStatusCode.UNIMPLEMENTED, RPCStatusCode.INVALID_ARGUMENT}


def wall_clock(payment: Payment) -> datetime:
    """Real time, but not before the payment's last change."""
    return max(datetime.now(UTC), payment.updated_at)


async def virtual_clock(client: Client, payment: Payment) -> datetime:
    """The time of the payment's workflow; real time if that is unavailable."""
    now = wall_clock(payment)
    if not payment.status.is_open:
        return now
    try:
        async with temporal_call(LOOKUP_TIMEOUT):
            handle = client.get_workflow_handle(payment_workflow_id(payment.id))
            return max(now, await TimeSkipper(client).get_current_time(handle))
    except (WorkflowNotFoundError, DependencyUnavailableError):
        return now


async def fast_forward(
    client: Client, database: AsyncDatabase, payment_id: str, days: float
) -> datetime:
    """Advance the clock of an open payment and wait until due work is done; returns the new time.

    Raises `ConflictError` if the payment has ended or another fast-forward is under way,
    `NotSupportedError` if the Temporal server can't skip time, `AnswerPendingError` if it takes
    too long.
    """
    try:
        async with asyncio.timeout(FAST_FORWARD_TIMEOUT.total_seconds()):
            await _skip(client, payment_id, max(timedelta(days=days), _SHORTEST))
            return await _wait_for_due_work(client, database, payment_id)
    except TimeoutError as error:
        message = (
            "The payment did not complete its due work in time; its clock may have moved. "
            "Check it before you try again."
        )
        raise AnswerPendingError(message) from error


async def _skip(client: Client, payment_id: str, duration: timedelta) -> None:
    handle = client.get_workflow_handle(payment_workflow_id(payment_id))
    try:
        async with temporal_call(2 * FAST_FORWARD_TIMEOUT):
            await handle.describe()
            try:
                await TimeSkipper(client).fast_forward(handle, duration)
            except RuntimeError as error:
                # Temporal has just answered, so the cause is not the connection.
                message = (
                    "Another fast-forward of the payment is under way; its clock may have moved. "
                    "Check it before you try again."
                )
                raise ConflictError(message) from error
    except WorkflowNotFoundError as error:
        message = "The payment has ended; its clock can't be moved."
        raise ConflictError(message) from error
    except RPCError as error:
        if error.status in _UNABLE:
            message = "This Temporal server can't skip time."
            raise NotSupportedError(message) from error
        raise


async def _wait_for_due_work(client: Client, database: AsyncDatabase, payment_id: str) -> datetime:
    """Wait until nothing of the payment is overdue; returns the time of its clock."""
    while True:
        payment = await database.read(payments.find, payment_id)
        now = await virtual_clock(client, payment)
        due = [moment for moment in (payment.next_reminder_at, payment.deadline) if moment]
        if all(moment > now for moment in due) and not is_refund_pending(payment):
            return now
        await asyncio.sleep(_POLL_SECONDS)
