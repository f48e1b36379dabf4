"""Malformed signals sent to a payment directly have no effect."""

import asyncio
from contextlib import suppress

from temporalio.client import Client
from temporalio.service import RPCError

from dev.stack.stack import Stack
from tests.support.shop import Shop
from verification.chaos import malformed_signals


def test_a_payment_with_malformed_signals_is_paid_with_the_next_good_card(
    shop: Shop, stack: Stack
) -> None:
    order = shop.order(shop.customer("pm_card_chargeDeclined"), shop.product())
    shop.await_payment(order, "awaiting_card")

    asyncio.run(_send_malformed_signal(stack, order))
    shop.put(f"/payments/{order}/card", payment_method="pm_card_visa")

    shop.await_order(order, "fulfilled")
    assert shop.captured(order) == [2500]
    assert f"payment/{order}" in "".join(
        line for line in stack.log("worker").splitlines() if "dropping signal" in line
    )


async def _send_malformed_signal(stack: Stack, payment: str) -> None:
    client = await Client.connect(stack.temporal_address)
    for name in malformed_signals.NAMES:
        with suppress(RPCError):  # more than the server takes
            await malformed_signals.send(client, payment, name)
