"""Whether everything is there that a request may need."""

import asyncio
from datetime import timedelta

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.service import RPCError

from api.dependencies import Context
from api.errors import DependencyAwayError
from api.processes import WorkflowGoneError, asking_temporal
from workflows.names import AWAITING_CARD, CUSTOMER_ID, ORDER_STATUS, PAYMENT_STATUS

PATIENCE = timedelta(seconds=2)

_SEARCH_ATTRIBUTES = {
    key.name for key in (AWAITING_CARD, CUSTOMER_ID, ORDER_STATUS, PAYMENT_STATUS)
}


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
    """Its namespace and search attributes included: without them no workflow can be started."""
    request = ListSearchAttributesRequest(namespace=context.client.namespace)
    try:
        async with asking_temporal(PATIENCE):
            known = await context.client.operator_service.list_search_attributes(request)
    except (DependencyAwayError, WorkflowGoneError, RPCError):
        return False
    return known.custom_attributes.keys() >= _SEARCH_ATTRIBUTES


async def _has_database(context: Context) -> bool:
    try:
        async with asyncio.timeout(PATIENCE.total_seconds()):
            await context.store.read(_look)
    except (SQLAlchemyError, TimeoutError):
        return False
    return True


def _look(tx: Connection) -> None:
    tx.execute(text("SELECT 1 FROM orders WHERE 1 = 0"))
