"""`/operations`: all customers, and metrics of all orders and payments, for operators."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from api.auth.scopes import Scope, needs
from api.dependencies import InContext
from api.openapi.responses import dependency_problems
from api.schemas import operations as schemas
from api.schemas.operations import Operations, OperationsQuery, WaitingPaymentList, WaitingQuery
from api.schemas.requests import CustomerQuery
from api.schemas.responses import CustomerList, CustomerResponse
from api.services import pagination
from api.services.presenters import present_payment
from storage import customers, operations

router = APIRouter(tags=["operations"], dependencies=[needs(Scope.OPERATOR)])


@router.get("/operations", responses=dependency_problems())
async def get_operations(
    context: InContext, query: Annotated[OperationsQuery, Query()]
) -> Operations:
    """Orders by status, outstanding amount, recovered payments, orders per minute, disputes."""
    now = datetime.now(UTC)
    since = now - timedelta(minutes=query.minutes)
    currency = context.settings.currency
    return await context.database.read(schemas.read_metrics, now, since, query.minutes, currency)


@router.get("/operations/waiting", responses=dependency_problems())
async def list_waiting_payments(
    context: InContext, query: Annotated[WaitingQuery, Query()]
) -> WaitingPaymentList:
    """Payments that wait for a card, those with the nearest deadline first."""
    after = pagination.decode_cursor(query.cursor) if query.cursor is not None else None
    found = await context.database.read(operations.waiting_for_a_card, query.limit + 1, after)
    payments = found.payments[: query.limit]
    last = payments[-1] if len(found.payments) > query.limit else None
    return WaitingPaymentList(
        payments=await asyncio.gather(*(present_payment(context, payment) for payment in payments)),
        next_cursor=pagination.encode_cursor((last.deadline, last.id))
        if last and last.deadline
        else None,
        query=found.query,
    )


@router.get("/operations/customers", responses=dependency_problems())
async def list_customers(
    context: InContext, query: Annotated[CustomerQuery, Query()]
) -> CustomerList:
    """Every customer, by id, with their balance and the non-secret details of their card."""
    found = await context.database.read(customers.find_all, query.limit + 1, query.cursor)
    listed = found[: query.limit]
    return CustomerList(
        customers=[CustomerResponse.of(customer) for customer in listed],
        next_cursor=listed[-1].id if len(found) > query.limit else None,
    )
