"""Presenters: convert orders and payments to responses, with the time of the payment's clock."""

import asyncio
from collections.abc import Sequence

from api.dependencies import Context
from api.schemas.responses import OrderResponse, PaymentResponse
from api.services.payment_clock import virtual_clock, wall_clock
from api.services.queries import OrderWithPayment
from domain.payment import Payment


async def present_payment(context: Context, payment: Payment) -> PaymentResponse:
    """The payment; its clock differs from real time only in development mode."""
    now = wall_clock(payment)
    if context.settings.development_mode:
        now = await virtual_clock(context.temporal, payment)
    return PaymentResponse.of(payment, now)


async def present_order(context: Context, order: OrderWithPayment) -> OrderResponse:
    """The order with its payment."""
    row, payment = order
    return OrderResponse.of(row, await present_payment(context, payment) if payment else None)


async def present_orders(
    context: Context, orders: Sequence[OrderWithPayment]
) -> list[OrderResponse]:
    """Several orders, concurrently."""
    return list(await asyncio.gather(*(present_order(context, order) for order in orders)))
