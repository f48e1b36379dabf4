"""The clock of a payment: in development mode it may be ahead of everybody else's."""

import asyncio
from datetime import UTC, datetime, timedelta

from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import TimeSkipper

from api.errors import AnswerPendingError, DependencyAwayError, NotSupportedError
from api.infrastructure.database import Store
from api.infrastructure.temporal import LOOKING_PATIENCE, WorkflowGoneError, asking_temporal
from api.services.queries import is_giving_back
from domain.errors import ConflictError
from domain.payment import Payment
from storage import payments
from workflows.names import payment_workflow_id

SKIPPING_PATIENCE = timedelta(seconds=30)
"""How long skipping, or what falls due with it, may take."""

_SHORTEST = timedelta(milliseconds=1)
_POLL_SECONDS = 0.05
_UNABLE = {RPCStatusCode.UNIMPLEMENTED, RPCStatusCode.INVALID_ARGUMENT}


def wall_clock(payment: Payment) -> datetime:
    """Now; never before what has happened to the payment already."""
    return max(datetime.now(UTC), payment.updated_at)


async def virtual_clock(client: Client, payment: Payment) -> datetime:
    """What the payment takes for now, if its workflow can tell."""
    now = wall_clock(payment)
    if not payment.status.is_open:
        return now
    try:
        async with asking_temporal(LOOKING_PATIENCE):
            handle = client.get_workflow_handle(payment_workflow_id(payment.id))
            return max(now, await TimeSkipper(client).get_current_time(handle))
    except (WorkflowGoneError, DependencyAwayError):
        return now


async def fast_forward(client: Client, store: Store, payment_id: str, days: float) -> datetime:
    """Move the clock of an open payment on, and wait until what fell due is done; the new now.

    Raises `ConflictError` if the payment ends before or is fast-forwarded by somebody else as well,
    `NotSupportedError` if the server can't skip
    time, `AnswerPendingError` if it takes too long.
    """
    try:
        async with asyncio.timeout(SKIPPING_PATIENCE.total_seconds()):
            await _skip(client, payment_id, max(timedelta(days=days), _SHORTEST))
            return await _settled(client, store, payment_id)
    except TimeoutError as error:
        message = (
            "The payment is busy, or what fell due is not done yet; its clock may have moved. "
            "Look at it before trying again."
        )
        raise AnswerPendingError(message) from error


async def _skip(client: Client, payment_id: str, duration: timedelta) -> None:
    handle = client.get_workflow_handle(payment_workflow_id(payment_id))
    try:
        async with asking_temporal(2 * SKIPPING_PATIENCE):
            await handle.describe()
            try:
                await TimeSkipper(client).fast_forward(handle, duration)
            except RuntimeError as error:
                # Temporal has just answered: this is not about reaching it.
                message = (
                    "Another fast-forward of the payment came in between; its clock may have "
                    "moved. Look at it before trying again."
                )
                raise ConflictError(message) from error
    except WorkflowGoneError as error:
        message = "The payment has ended; its clock stands still."
        raise ConflictError(message) from error
    except RPCError as error:
        if error.status in _UNABLE:
            message = "This Temporal server does not skip time."
            raise NotSupportedError(message) from error
        raise


async def _settled(client: Client, store: Store, payment_id: str) -> datetime:
    """Now, once nothing of the payment is overdue any more."""
    while True:
        payment = await store.read(payments.find, payment_id)
        now = await virtual_clock(client, payment)
        due = [moment for moment in (payment.next_reminder_at, payment.deadline) if moment]
        if all(moment > now for moment in due) and not is_giving_back(payment):
            return now
        await asyncio.sleep(_POLL_SECONDS)
