"""Who ends a payment leaves nothing behind: the audit after each test says so."""

import pytest
from temporalio.client import Client

from dev.stack.stack import Stack
from tests.support.shop import Shop


@pytest.mark.parametrize("policy", ["charge_first", "charge_later"])
async def test_a_payment_that_is_terminated_while_it_waits_is_given_back(
    shop: Shop, stack: Stack, policy: str
) -> None:
    temporal = await Client.connect(stack.temporal_address)
    customer, sku = shop.customer("pm_card_chargeDeclined", balance=300), shop.product(stock=5)
    order = shop.order(customer, sku, policy=policy)
    shop.await_payment(order, "awaiting_card")

    await temporal.get_workflow_handle(f"payment/{order}").terminate("somebody pressed the button")

    assert shop.await_order(order, "not_fulfilled")["reason"] == "payment_canceled"
    assert shop.payment_events(order)[-2:] == ["PaymentCanceled", "AmountCredited"]
    assert shop.balance(customer) == 300
    assert shop.stock(sku) == 5


async def test_a_payment_that_is_canceled_while_it_waits_is_undone(
    shop: Shop, stack: Stack
) -> None:
    temporal = await Client.connect(stack.temporal_address)
    payment = shop.payment(shop.customer("pm_card_chargeDeclined", balance=300))
    shop.await_payment(payment, "awaiting_card")

    await temporal.get_workflow_handle(f"payment/{payment}").cancel()

    shop.await_payment(payment, "canceled")
