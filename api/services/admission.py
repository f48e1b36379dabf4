"""Limits of what a customer has open, around the start of an order's or payment's workflow."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from api.dependencies import Context
from api.errors import OutcomeUnknownError
from domain.order import Order
from domain.payment import Payment
from storage import admissions
from storage.admissions import Limits


@asynccontextmanager
async def admitted(context: Context, accepted: Order | Payment) -> AsyncGenerator[None]:
    """Count it before its workflow starts, so that concurrent requests can't exceed the limits.

    If the workflow was certainly not started, it counts no more. Raises as `admissions.admit`.
    """
    settings = context.settings
    limits = Limits(
        settings.open_orders_per_customer,
        settings.open_payments_per_customer,
        settings.unpaid_pieces_per_customer,
    )
    is_new = await context.database.write(admissions.admit, accepted, datetime.now(UTC), limits)
    try:
        yield
    except OutcomeUnknownError:
        raise
    except Exception:
        if is_new:
            await context.database.write(admissions.take_back, accepted.id)
        raise
