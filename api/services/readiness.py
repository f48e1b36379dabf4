"""Whether everything is there that a request may need."""

import asyncio
from datetime import timedelta

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError
from temporalio.service import RPCError

from api.dependencies import Context
from api.dependency_health import DATABASE, TEMPORAL, Away
from api.errors import DependencyAwayError
from api.infrastructure.temporal import WorkflowGoneError, asking_temporal
from workflows.names import AWAITING_CARD, CUSTOMER_ID, ORDER_STATUS, PAYMENT_STATUS

PATIENCE = timedelta(seconds=2)

_NOBODY = " AND ".join(
    f"{key.name} IS NULL" for key in (CUSTOMER_ID, ORDER_STATUS, PAYMENT_STATUS, AWAITING_CARD)
)
"""A query by every search attribute: answered only where each of them can be used."""


async def check(context: Context) -> None:
    """Raises `DependencyAwayError` naming what is away, or not made ready yet."""
    away = await look(context)
    for name, reason in away.items():
        if not isinstance(reason, DependencyAwayError):
            context.outages.notice(name, reason)
    if away:
        raise DependencyAwayError(*away)


async def look(context: Context) -> Away:
    """What is away, or not made ready yet."""
    temporal, database = await asyncio.gather(_ask_temporal(context), _ask_database(context))
    found = {TEMPORAL: temporal, DATABASE: database}
    return {name: reason for name, reason in found.items() if reason is not None}


async def _ask_temporal(context: Context) -> BaseException | None:
    """Its namespace and search attributes included: without them no workflow can be started.

    They are used, and not just listed: for some seconds a server lists attributes that it does not
    take yet.
    """
    try:
        async with asking_temporal(PATIENCE):
            await context.client.count_workflows(_NOBODY)
    except (DependencyAwayError, WorkflowGoneError) as error:
        return error.__cause__ or error
    except RPCError as error:
        return error
    return None


async def _ask_database(context: Context) -> BaseException | None:
    try:
        async with asyncio.timeout(PATIENCE.total_seconds()):
            await context.store.read(_look)
    except (SQLAlchemyError, TimeoutError, DependencyAwayError) as error:
        return error
    return None


def _look(tx: Connection) -> None:
    tx.execute(text("SELECT 1 FROM orders WHERE 1 = 0"))
