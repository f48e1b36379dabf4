"""People looking at Temporal's Web UI find every order and payment by business words."""

import asyncio

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client

from dev.stack.stack import Stack
from tests.support.payloads import plain_text, stored_messages, temporal_of
from tests.support.shop import TIMEOUT_SECONDS, Shop

pytestmark = pytest.mark.proof


@pytest.fixture
async def temporal(stack: Stack) -> Client:
    return await temporal_of(stack)


async def test_a_waiting_payment_is_found_and_says_what_it_waits_for(
    shop: Shop, temporal: Client
) -> None:
    customer = shop.customer("pm_card_chargeDeclined")
    order = shop.order(customer, shop.product())
    waiting = shop.await_payment(order, "awaiting_card")

    query = (
        f"CustomerId = '{customer}' AND PaymentStatus = 'awaiting_card' AND AwaitingCard = true "
        f"AND PaymentDeadline > '{waiting['deadline'][:10]}T00:00:00Z'"
    )
    found: list[str] = []
    while not found:  # visibility is written a moment after the workflow's history
        found = [one.id async for one in temporal.list_workflows(query)]

    assert found == [f"payment/{order}"]
    payment = temporal.get_workflow_handle(f"payment/{order}")
    text = str(await payment.query("__temporal_workflow_metadata"))
    assert "Waiting for another credit card" in text
    assert waiting["deadline"][:10] in text
    assert waiting["next_reminder_at"][:10] in text


async def test_everything_in_a_history_has_a_name(shop: Shop, temporal: Client) -> None:
    customer = shop.customer("pm_card_chargeDeclined")
    order = shop.order(customer, shop.product(), policy="charge_later")
    shop.await_payment(order, "awaiting_card")
    shop.fast_forward(order, days=14)
    shop.await_order(order, "not_fulfilled")

    for workflow in (f"order/{order}", f"payment/{order}"):
        handle = temporal.get_workflow_handle(workflow)
        # A child's summary is encrypted by its parent, for whose workflow alone the SDK reads it;
        # the codec server, which the Web UI asks, reads it for operators.
        described = (await handle.describe()).raw_description
        summary = await plain_text(temporal, [described.execution_config.user_metadata])
        assert summary, workflow
        history = await handle.fetch_history()
        nameless = [
            EventType.Name(event.event_type)
            for event in history.events
            if event.event_type
            in {
                EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED,
                EventType.EVENT_TYPE_TIMER_STARTED,
                EventType.EVENT_TYPE_MARKER_RECORDED,
            }
            and not event.user_metadata.HasField("summary")
        ]
        assert nameless == [], workflow


async def test_search_attributes_follow_an_order(shop: Shop, temporal: Client) -> None:
    customer = shop.customer("pm_card_visa")
    order = shop.order(customer, shop.product())
    shop.await_order(order, "fulfilled")
    handle = temporal.get_workflow_handle(f"order/{order}")
    async with asyncio.timeout(TIMEOUT_SECONDS):
        await handle.result()

    attributes = (await handle.describe()).search_attributes

    assert attributes["CustomerId"] == [customer]
    assert attributes["OrderStatus"] == ["fulfilled"]


async def test_no_mail_address_and_no_secret_in_a_history(shop: Shop, temporal: Client) -> None:
    customer = shop.customer("pm_card_visa")
    order = shop.order(customer, shop.product())
    shop.await_order(order, "fulfilled")

    for workflow in (f"order/{order}", f"payment/{order}"):
        text = await plain_text(temporal, await stored_messages(temporal, workflow))
        assert customer in text
        assert "example.com" not in text
        assert '"4242"' not in text
