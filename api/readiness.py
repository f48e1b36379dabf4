"""Whether everything is there that a request may need."""

import asyncio
from datetime import timedelta

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError
from temporalio.service import RPCError

from api.dependencies import Context
from api.errors import DependencyAwayError
from api.processes import WorkflowGoneError, asking_temporal
from workflows.names import AWAITING_CARD, CUSTOMER_ID, ORDER_STATUS, PAYMENT_STATUS

PATIENCE = timedelta(seconds=2)

_NOBODY = " AND ".join(
    f"{key.name} IS NULL" for key in (CUSTOMER_ID, ORDER_STATUS, PAYMENT_STATUS, AWAITING_CARD)
)
"""A query by every search attribute: answered only where each of them can be used."""


async def check(context: Context) -> None:
    """Raises `DependencyAwayError` naming what is away, or not made ready yet."""
    temporal, database = await asyncio.gather(_has_temporal(context), _has_database(context))
    away = [
        name
        for name, is_there in (("Temporal", temporal), ("the database", database))
        if not is_there
    ]
    if away:
        raise DependencyAwayError(*away)


async def _has_temporal(context: Context) -> bool:
    """Its namespace and search attributes included: without them no workflow can be started.

    They are used, and not just listed: for some seconds a server lists attributes that it does not
    take yet.
    """
    try:
        async with asking_temporal(PATIENCE):
            await context.client.count_workflows(_NOBODY)
    except (DependencyAwayError, WorkflowGoneError, RPCError):
        return False
    return True


async def _has_database(context: Context) -> bool:
    try:
        async with asyncio.timeout(PATIENCE.total_seconds()):
            await context.store.read(_look)
    except (SQLAlchemyError, TimeoutError):
        return False
    return True


def _look(tx: Connection) -> None:
    tx.execute(text("SELECT 1 FROM orders WHERE 1 = 0"))
