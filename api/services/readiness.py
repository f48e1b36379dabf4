"""Readiness: whether all dependencies are available."""

import asyncio
from datetime import timedelta

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError
from temporalio.service import RPCError

from api.dependencies import Context
from api.dependency_health import DATABASE, TEMPORAL, Unavailable
from api.errors import DependencyUnavailableError
from api.infrastructure.temporal import WorkflowNotFoundError, temporal_call
from workflows.names import AWAITING_CARD, CUSTOMER_ID, ORDER_STATUS, PAYMENT_STATUS

TIMEOUT = timedelta(seconds=2)

_MATCHES_NOTHING = " AND ".join(
    f"{key.name} IS NULL" for key in (CUSTOMER_ID, ORDER_STATUS, PAYMENT_STATUS, AWAITING_CARD)
)
"""A query with every search attribute: it succeeds only if all of them are usable."""


async def check(context: Context) -> None:
    """Raises `DependencyUnavailableError` with the unavailable dependencies."""
    unavailable = await find_unavailable(context)
    for name, reason in unavailable.items():
        if not isinstance(reason, DependencyUnavailableError):
            context.dependency_health.report_unavailable(name, reason)
    if unavailable:
        raise DependencyUnavailableError(*unavailable)


async def find_unavailable(context: Context) -> Unavailable:
    """The dependencies that are unavailable or not ready, each with the reason."""
    temporal, database = await asyncio.gather(_check_temporal(context), _check_database(context))
    reasons = {TEMPORAL: temporal, DATABASE: database}
    return {name: reason for name, reason in reasons.items() if reason is not None}


async def _check_temporal(context: Context) -> BaseException | None:
    """Checks the namespace and the search attributes too: every workflow needs them to start.

    The attributes are used in a query, because for some seconds a server lists attributes that it
    does not accept yet.
    """
    try:
        async with temporal_call(TIMEOUT):
            await context.temporal.count_workflows(_MATCHES_NOTHING)
    except (DependencyUnavailableError, WorkflowNotFoundError) as error:
        return error.__cause__ or error
    except RPCError as error:
        return error
    return None


async def _check_database(context: Context) -> BaseException | None:
    try:
        async with asyncio.timeout(TIMEOUT.total_seconds()):
            await context.database.read(_select)
    except (SQLAlchemyError, TimeoutError, DependencyUnavailableError) as error:
        return error
    return None


def _select(tx: Connection) -> None:
    tx.execute(text("SELECT 1 FROM orders WHERE 1 = 0"))
