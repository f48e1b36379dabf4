"""What the Temporal Web UI says of a payment: where it is, what is held, why the card failed."""

import asyncio
from datetime import datetime, timedelta

import pytest
from temporalio.api.sdk.v1 import WorkflowMetadata

from domain.statuses import OrderPolicy
from domain.waiting_period import PaymentTerms
from gateways.cards import ChargeRequest, Declined, ProviderRejectedError
from storage import card_limits
from tests.integration.workflows.harness import TIMEOUT_SECONDS, Harness, PaymentHandle
from tests.integration.workflows.test_refunds import cancel_while_shipping
from tests.support.fakes import good_or_bad_card
from workflows.messages import PaymentOutcome
from workflows.names import AWAITING_CARD, CUSTOMER_ID, PAYMENT_DEADLINE


async def details(payment: PaymentHandle, about: str) -> list[str]:
    """The lines on the payment's page once the first of them is about that."""
    async with asyncio.timeout(TIMEOUT_SECONDS):
        while True:
            metadata = await payment.query(
                "__temporal_workflow_metadata", result_type=WorkflowMetadata
            )
            lines = [line for line in metadata.current_details.splitlines() if line]
            if lines and lines[0].startswith(f"**{about}"):
                return lines
            await asyncio.sleep(0.05)


def written(moment: datetime | None) -> str:
    assert moment is not None
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def held(account: str, card: str, missing: str) -> list[str]:
    return [
        f"- withdrawn from account: {account}",
        f"- charged to card: {card}",
        f"- amount due: {missing}",
    ]


async def test_a_waiting_payment_says_why_how_long_and_what_is_missing(harness: Harness) -> None:
    payment = await harness.request_payment(harness.customer("pm_bad", balance=500))
    row = await harness.waiting(payment)

    assert await details(payment, "Waiting") == [
        "**Waiting for another credit card** of the customer.",
        "Your card was declined. (`card_declined`, `generic_decline`)",
        f"- since {written(row.waiting_since)}",
        f"- until {written(row.deadline)}, then the payment is canceled",
        f"- next reminder {written(row.next_reminder_at)}",
        *held("EUR 5.00", "EUR 0.00", "EUR 20.00"),
    ]


async def test_it_says_what_another_card_has_paid(harness: Harness) -> None:
    payment = await harness.request_payment(harness.customer("pm_bad", balance=500))
    await harness.waiting(payment)
    await harness.update_card(payment, "pm_good")
    await payment.result()

    assert await details(payment, "Payment received") == [
        "**Payment received.** The whole amount is held.",
        *held("EUR 5.00", "EUR 20.00", "EUR 0.00"),
    ]


async def test_the_last_days_have_no_reminder_and_canceled_nothing_is_held(
    harness: Harness,
) -> None:
    brief = PaymentTerms(waiting_time=timedelta(days=1), reminder_interval=timedelta(days=2))
    payment = await harness.request_payment(harness.customer(None, balance=500), terms=brief)
    await harness.waiting(payment)
    why = "The customer has given no card. (`no_card`)"
    waiting = await details(payment, "Waiting")
    assert waiting[1] == why
    assert not [line for line in waiting if "reminder" in line]

    await harness.fast_forward(payment, 1)
    await payment.result()

    assert await details(payment, "Payment canceled") == [
        "**Payment canceled.** EUR 5.00 are on the customer's account again.",
        why,
        *held("EUR 0.00", "EUR 0.00", "EUR 25.00"),
    ]


async def test_of_an_account_that_gave_nothing_nothing_is_given_back(harness: Harness) -> None:
    payment = await harness.request_payment(harness.customer(None))
    await harness.waiting(payment)
    await payment.cancel()
    await payment.result()

    assert (await details(payment, "Payment canceled"))[0] == "**Payment canceled.**"


async def test_a_parked_payment_says_that_its_request_was_refused(harness: Harness) -> None:
    """And nothing more is written into its history than the pauses and the requests."""

    def refuse(charge: ChargeRequest) -> Declined:
        raise ProviderRejectedError(f"no such thing as {charge.currency}")

    harness.cards.answer = refuse
    payment = await harness.request_payment(harness.customer("pm_good", balance=500))

    first, retried, *amounts = await details(payment, "Refused")
    assert first.startswith("**Refused by the card provider**: the request to charge EUR 20.00")
    assert retried.startswith("- retried 20")
    assert amounts == held("EUR 5.00", "EUR 0.00", "EUR 20.00")

    harness.cards.answer = good_or_bad_card
    await payment.result()
    assert (await details(payment, "Payment received"))[0].startswith("**Payment received.**")
    upserted = [
        event
        for event in (await payment.fetch_history()).events
        if event.HasField("upsert_workflow_search_attributes_event_attributes")
    ]
    assert len(upserted) == len(["received"])


async def test_what_waits_at_the_networks_limit_is_not_shown_as_refused(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether the card may be charged depends on other charges of it."""

    def wait(*_: object) -> None:
        raise card_limits.UndecidedChargesError

    monkeypatch.setattr(card_limits, "find_refusal", wait)
    payment = await harness.request_payment(harness.customer("pm_good", balance=500))

    first, looked_at_again, *amounts = await details(payment, "Waiting for other charges")
    assert "before EUR 20.00 are charged, attempt 1" in first
    assert "Nothing was requested." in first
    assert looked_at_again.startswith("- looked at again 20")
    assert amounts == held("EUR 5.00", "EUR 0.00", "EUR 20.00")
    assert harness.cards.asked == []

    monkeypatch.undo()
    assert (await payment.result()).outcome is PaymentOutcome.RECEIVED


async def test_words_that_may_be_secret_are_left_to_the_database(harness: Harness) -> None:
    """Temporal may keep its histories unencrypted."""
    secrets = ["Card 4242 4242 4242 4242 is blocked.", "Write to kermit@example.com."]
    for secret in secrets:
        harness.cards.answer = lambda _, said=secret: Declined("card_declined", said)
        payment = await harness.request_payment(harness.customer("pm_bad"))
        row = await harness.waiting(payment)
        assert row.failure is not None
        assert row.failure.message == secret

        assert (await details(payment, "Waiting"))[1] == "(`card_declined`)"
        events = (await payment.fetch_history()).events
        kept = b"".join(event.SerializeToString() for event in events)
        assert b"card_declined" in kept
        assert secret.encode() not in kept


@pytest.mark.parametrize("card", ["pm_good", None])
async def test_a_payment_that_has_ended_has_no_deadline(harness: Harness, card: str | None) -> None:
    payment = await harness.request_payment(harness.customer("pm_bad"))
    await harness.waiting(payment)
    await harness.idle(payment)
    found = (await payment.describe()).typed_search_attributes
    assert found[AWAITING_CARD]
    assert found[PAYMENT_DEADLINE] == harness.see(payment).deadline

    await (harness.update_card(payment, card) if card else payment.cancel())
    await payment.result()

    found = (await payment.describe()).typed_search_attributes
    assert not found[AWAITING_CARD]
    assert PAYMENT_DEADLINE not in found


async def test_a_refund_is_found_by_its_customer(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = await cancel_while_shipping(harness, monkeypatch, OrderPolicy.CHARGE_FIRST)
    await order.result()
    refund = harness.client.get_workflow_handle(order.id.replace("order/", "refund/"))

    found = (await refund.describe()).typed_search_attributes
    assert found[CUSTOMER_ID] == harness.see(harness.payment_of(order)).customer_id
