"""Limits of what a customer has open, around the start of an order's or payment's workflow."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from temporalio.client import WorkflowExecutionStatus

from api.dependencies import Context
from api.errors import OutcomeUnknownError
from api.infrastructure.temporal import WorkflowNotFoundError, temporal_call
from domain.errors import ConflictError, LimitReachedError
from domain.order import Order
from domain.payment import Payment
from storage import admissions
from storage.admissions import Admission, Limits
from workflows.names import order_workflow_id, payment_workflow_id


@asynccontextmanager
async def admitted(context: Context, accepted: Order | Payment) -> AsyncGenerator[None]:
    """Count it before its workflow starts, so that concurrent requests can't exceed the limits.

    If the workflow was certainly not started, it counts no more; if that is not known, it is looked
    up when the customer reaches a limit, also if the API's stop cut the request off. Raises as
    `admissions.admit`, and `DependencyUnavailableError` if what was counted can't be looked up.
    """
    is_new = await _admit(context, accepted)
    try:
        yield
    except (Exception, asyncio.CancelledError) as error:
        if is_new and not isinstance(error, OutcomeUnknownError | asyncio.CancelledError):
            await context.database.write(admissions.take_back, accepted.id)
        else:
            await context.database.write(admissions.doubt, accepted.id, datetime.now(UTC))
        raise


async def _admit(context: Context, accepted: Order | Payment) -> bool:
    """False if it is counted already."""
    settings = context.settings
    limits = Limits(
        settings.open_orders_per_customer,
        settings.open_payments_per_customer,
        settings.unpaid_pieces_per_customer,
    )
    try:
        return await context.database.write(admissions.admit, accepted, datetime.now(UTC), limits)
    except (LimitReachedError, ConflictError):
        if not await _settle_doubtful(context, accepted.customer_id):
            raise
    return await context.database.write(admissions.admit, accepted, datetime.now(UTC), limits)


async def _settle_doubtful(context: Context, customer_id: str) -> bool:
    """Count those no more whose workflows do not run; False if that changes nothing.

    A workflow that Temporal starts even later is counted from when it has written its row.
    """
    doubtful = await context.database.read(admissions.find_doubtful, customer_id, datetime.now(UTC))
    if not doubtful:
        return False
    running = await asyncio.gather(*(_is_running(context, one) for one in doubtful))
    started = [one for one, runs in zip(doubtful, running, strict=True) if runs]
    await context.database.write(admissions.settle, doubtful, started, datetime.now(UTC))
    return len(started) < len(doubtful)


async def _is_running(context: Context, admission: Admission) -> bool:
    workflow_id = order_workflow_id if admission.kind == "order" else payment_workflow_id
    workflow = context.temporal.get_workflow_handle(workflow_id(admission.id))
    try:
        async with temporal_call():
            description = await workflow.describe()
    except WorkflowNotFoundError:
        return False
    return description.status is WorkflowExecutionStatus.RUNNING
