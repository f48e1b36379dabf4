"""Orders and payments as they are shown: with the payment's own clock."""

import asyncio
from collections.abc import Sequence

from api.dependencies import Context
from api.schemas.responses import Order, Payment
from api.services.payment_clock import virtual_clock, wall_clock
from api.services.queries import OrderWithPayment
from domain import payment


async def show_payment(context: Context, payment: payment.Payment) -> Payment:
    """The payment; only in development mode can its clock differ from everybody's."""
    if context.settings.development_mode:
        return Payment.of(payment, await virtual_clock(context.client, payment))
    return Payment.of(payment, wall_clock(payment))


async def show_order(context: Context, order: OrderWithPayment) -> Order:
    """The order with its payment."""
    placed, paid = order
    return Order.of(placed, await show_payment(context, paid) if paid else None)


async def show_orders(context: Context, orders: Sequence[OrderWithPayment]) -> list[Order]:
    """Several of them, all at once."""
    return list(await asyncio.gather(*(show_order(context, order) for order in orders)))
