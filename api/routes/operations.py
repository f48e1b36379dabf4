"""`/operations`: how all orders and payments are doing, for whoever operates this."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from api.auth.scopes import Scope, needs
from api.dependencies import InContext
from api.openapi.responses import storing
from api.schemas import operations as schemas
from api.schemas.operations import Operations, OperationsQuery, WaitingPage, WaitingQuery
from api.services import pagination
from api.services.presenters import show_payment
from storage import operations

router = APIRouter(tags=["operations"], dependencies=[needs(Scope.OPERATOR)])


@router.get("/operations", responses=storing())
async def get_operations(
    context: InContext, query: Annotated[OperationsQuery, Query()]
) -> Operations:
    """Orders by status, money outstanding, payments recovered, orders per minute."""
    now = datetime.now(UTC)
    since = now - timedelta(minutes=query.minutes)
    currency = context.settings.currency
    return await context.store.read(schemas.read, now, since, query.minutes, currency)


@router.get("/operations/waiting", responses=storing())
async def list_waiting_payments(
    context: InContext, query: Annotated[WaitingQuery, Query()]
) -> WaitingPage:
    """Payments that wait for a card, those with the nearest deadline first."""
    behind = pagination.place_of(query.cursor) if query.cursor is not None else None
    found = await context.store.read(operations.waiting_for_a_card, query.limit + 1, behind)
    shown = found.payments[: query.limit]
    last = shown[-1] if len(found.payments) > query.limit else None
    return WaitingPage(
        payments=await asyncio.gather(*(show_payment(context, payment) for payment in shown)),
        next_cursor=pagination.cursor((last.deadline, last.id)) if last and last.deadline else None,
        query=found.query,
    )
