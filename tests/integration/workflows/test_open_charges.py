"""PaymentWorkflow while the customer or their bank has the last word on a charge."""

from datetime import timedelta

import pytest

from domain.statuses import PaymentStatus
from gateways.cards import Charged, ChargeRequest, Declined, Outcome, Pending
from tests.integration.workflows import operators
from tests.integration.workflows.harness import AGREEMENT, Harness, PaymentHandle
from tests.support.fakes import DECLINED, FakeCards, good_or_bad_card
from workflows.messages import Backoff, CardDetailsUpdated, ChargeSettled, PaymentOutcome
from workflows.payment import PaymentWorkflow

AUTHENTICATE = Declined("authentication_required", "Please authenticate.", "pi_open")
PENDING = Pending("pi_open")
WAITED = ["PaymentRequested", "CreditCardFailed"]
AUTHENTICATED = [*WAITED, "CreditCardDetailsUpdated", "CreditCardCharged", "PaymentReceived"]


def left_open(cards: FakeCards, outcome: Declined | Pending) -> None:
    """The first charge stays open; any other is as the card is."""

    def answer(charge: ChargeRequest) -> Outcome:
        if charge.attempt > 1:
            return good_or_bad_card(charge)
        cards.open["pi_open"] = outcome
        return outcome

    cards.answer = answer


async def tell(payment: PaymentHandle, attempt: int = 1) -> None:
    """As a webhook does."""
    await payment.signal(PaymentWorkflow.charge_settled, ChargeSettled(attempt=attempt))


async def unauthenticated(harness: Harness) -> PaymentHandle:
    """A payment that waits for its customer."""
    left_open(harness.cards, AUTHENTICATE)
    payment = await harness.request_payment(harness.customer("pm_good"))
    await harness.waiting(payment)
    return payment


async def at_the_bank(harness: Harness) -> PaymentHandle:
    """A payment whose bank takes its time: it was looked up once, and is next in an hour."""
    hour = timedelta(hours=1)
    harness.agreement = AGREEMENT.model_copy(update={"backoff": Backoff(first=hour, longest=hour)})
    left_open(harness.cards, PENDING)
    payment = await harness.request_payment(harness.customer("pm_good"))
    await harness.until(lambda: len(harness.cards.looked_up) == 1)
    return payment


async def test_authenticated_it_is_received_without_another_charge(harness: Harness) -> None:
    payment = await unauthenticated(harness)
    assert harness.see(payment).failure is not None
    harness.cards.open["pi_open"] = Charged("pi_open")

    for _ in range(2):
        await tell(payment)

    assert (await payment.result()).outcome is PaymentOutcome.RECEIVED
    assert harness.events(payment) == AUTHENTICATED
    assert len(harness.cards.asked) == 1


async def test_after_a_reset_news_of_the_latest_attempt_are_looked_up(harness: Harness) -> None:
    def answer(charge: ChargeRequest) -> Outcome:
        if charge.attempt == 1:
            return DECLINED
        harness.cards.open["pi_open"] = AUTHENTICATE
        return AUTHENTICATE

    harness.cards.answer = answer
    payment = await harness.request_payment(harness.customer("pm_bad"))
    await harness.waiting(payment)
    await payment.signal(
        PaymentWorkflow.card_details_updated, CardDetailsUpdated(payment_method="pm_good")
    )
    await harness.until(lambda: "pi_open" in harness.cards.open)
    await harness.waiting(payment)
    latest = await operators.reset(harness.client, payment, 0)
    await harness.idle(latest)
    harness.cards.open["pi_open"] = Charged("pi_open")

    await tell(latest, 2)

    await latest.result()
    assert harness.see(payment).status is PaymentStatus.RECEIVED
    assert len(harness.cards.asked) == 2


async def test_news_of_nothing_changes_nothing(harness: Harness) -> None:
    payment = await unauthenticated(harness)
    for attempt in (1, 2, 7):
        await tell(payment, attempt)

    await harness.fast_forward(payment, 3)

    assert harness.see(payment).status is PaymentStatus.AWAITING_CARD
    assert harness.events(payment) == [*WAITED, "CustomerReminded"]


async def test_news_of_another_attempt_are_not_looked_up(harness: Harness) -> None:
    payment = await unauthenticated(harness)
    await harness.idle(payment)
    looked_up = len(harness.cards.looked_up)

    for attempt in (2, 7):
        await tell(payment, attempt)

    await harness.idle(payment)
    assert len(harness.cards.looked_up) == looked_up


async def test_an_outcome_that_comes_with_the_charge_itself_counts_at_once(
    harness: Harness,
) -> None:
    """Its report came before the charge was recorded as open, and found nothing."""

    def answer(charge: ChargeRequest) -> Outcome:
        del charge
        harness.cards.open["pi_open"] = Charged("pi_open")
        return AUTHENTICATE

    harness.cards.answer = answer
    payment = await harness.request_payment(harness.customer("pm_good"))

    await harness.until(lambda: "PaymentReceived" in harness.events(payment))
    requested, *_, received = harness.moments(payment)
    assert received - requested < timedelta(days=2)


async def test_reminders_go_on_and_at_the_deadline_the_charge_is_closed(harness: Harness) -> None:
    payment = await unauthenticated(harness)

    await harness.fast_forward(payment, 15)

    assert (await payment.result()).outcome is PaymentOutcome.CANCELED
    assert harness.events(payment) == [*WAITED, *["CustomerReminded"] * 6, "PaymentCanceled"]
    assert harness.cards.open == {"pi_open": DECLINED}


@pytest.mark.parametrize("days", [2, 15])
async def test_lost_news_are_asked_for_before_anybody_is_reminded(
    harness: Harness, days: float
) -> None:
    payment = await unauthenticated(harness)
    harness.cards.open["pi_open"] = Charged("pi_open")

    await harness.fast_forward(payment, days)

    assert (await payment.result()).outcome is PaymentOutcome.RECEIVED
    assert harness.events(payment) == AUTHENTICATED


async def test_canceled_the_charge_is_closed_first(harness: Harness) -> None:
    payment = await unauthenticated(harness)

    await payment.cancel()

    assert (await payment.result()).outcome is PaymentOutcome.CANCELED
    assert harness.cards.open == {"pi_open": DECLINED}


async def test_canceled_after_it_was_authenticated_it_is_received(harness: Harness) -> None:
    payment = await unauthenticated(harness)
    harness.cards.open["pi_open"] = Charged("pi_open")

    await payment.cancel()

    assert (await payment.result()).outcome is PaymentOutcome.RECEIVED
    assert harness.events(payment) == AUTHENTICATED


async def test_another_card_is_charged_once_the_first_charge_is_closed(harness: Harness) -> None:
    payment = await unauthenticated(harness)

    await harness.update_card(payment, "pm_other")

    assert (await payment.result()).outcome is PaymentOutcome.RECEIVED
    assert [charge.payment_method for charge in harness.cards.asked] == ["pm_good", "pm_other"]
    assert harness.cards.open == {"pi_open": DECLINED}
    assert harness.events(payment) == AUTHENTICATED


async def test_another_card_is_not_needed_if_the_first_was_authenticated(harness: Harness) -> None:
    payment = await unauthenticated(harness)
    harness.cards.open["pi_open"] = Charged("pi_open")

    await harness.update_card(payment, "pm_other")

    assert (await payment.result()).outcome is PaymentOutcome.RECEIVED
    assert len(harness.cards.asked) == 1
    assert harness.events(payment) == AUTHENTICATED


@pytest.mark.parametrize("outcome", [Charged("pi_open"), DECLINED])
@pytest.mark.parametrize("is_told", [True, False])
async def test_the_bank_is_waited_for(harness: Harness, outcome: Outcome, *, is_told: bool) -> None:
    payment = await at_the_bank(harness)
    assert harness.see(payment).status is PaymentStatus.CHARGING

    harness.cards.open["pi_open"] = outcome
    await (tell(payment) if is_told else harness.fast_forward(payment, 0.5))

    if isinstance(outcome, Charged):
        assert (await payment.result()).outcome is PaymentOutcome.RECEIVED
        assert harness.events(payment)[1:] == ["CreditCardCharged", "PaymentReceived"]
    else:
        await harness.waiting(payment)
        assert harness.events(payment) == WAITED
    assert len(harness.cards.asked) == 1


async def test_a_bank_that_takes_its_time_is_not_interrupted(harness: Harness) -> None:
    """Neither by a cancellation nor by another card."""
    payment = await at_the_bank(harness)
    await payment.cancel()
    await harness.update_card(payment, "pm_other")
    await harness.fast_forward(payment, timedelta(hours=1) / timedelta(days=1))
    assert harness.events(payment) == ["PaymentRequested"]

    harness.cards.open["pi_open"] = Charged("pi_open")
    await tell(payment)

    assert (await payment.result()).outcome is PaymentOutcome.RECEIVED
    assert len(harness.cards.asked) == 1
