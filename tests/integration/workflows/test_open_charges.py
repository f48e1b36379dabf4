"""PaymentWorkflow while the customer or their bank has the last word on a charge."""

from datetime import timedelta

import pytest

from domain.statuses import PaymentStatus
from gateways.cards import Charged, ChargeRequest, Declined, Outcome, Pending
from tests.integration.workflows.harness import Office, PaymentHandle
from tests.support.fakes import DECLINED, FakeCards, good_or_bad_card
from workflows.messages import ChargeSettled, PaymentOutcome
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


async def unauthenticated(office: Office) -> PaymentHandle:
    """A payment that waits for its customer."""
    left_open(office.cards, AUTHENTICATE)
    payment = await office.request_payment(office.customer("pm_good"))
    await office.waiting(payment)
    return payment


async def test_authenticated_it_is_received_without_another_charge(office: Office) -> None:
    payment = await unauthenticated(office)
    assert office.see(payment).failure is not None
    office.cards.open["pi_open"] = Charged("pi_open")

    for _ in range(2):
        await tell(payment)

    assert (await payment.result()).outcome is PaymentOutcome.RECEIVED
    assert office.events(payment) == AUTHENTICATED
    assert len(office.cards.asked) == 1


async def test_news_of_nothing_changes_nothing(office: Office) -> None:
    payment = await unauthenticated(office)
    for attempt in (1, 2, 7):
        await tell(payment, attempt)

    await office.fast_forward(payment, 3)

    assert office.see(payment).status is PaymentStatus.AWAITING_CARD
    assert office.events(payment) == [*WAITED, "CustomerReminded"]


async def test_reminders_go_on_and_at_the_deadline_the_charge_is_closed(office: Office) -> None:
    payment = await unauthenticated(office)

    await office.fast_forward(payment, 15)

    assert (await payment.result()).outcome is PaymentOutcome.CANCELED
    assert office.events(payment) == [*WAITED, *["CustomerReminded"] * 6, "PaymentCanceled"]
    assert office.cards.open == {"pi_open": DECLINED}


@pytest.mark.parametrize("days", [2, 15])
async def test_lost_news_are_asked_for_before_anybody_is_reminded(
    office: Office, days: float
) -> None:
    payment = await unauthenticated(office)
    office.cards.open["pi_open"] = Charged("pi_open")

    await office.fast_forward(payment, days)

    assert (await payment.result()).outcome is PaymentOutcome.RECEIVED
    assert office.events(payment) == AUTHENTICATED


async def test_canceled_the_charge_is_closed_first(office: Office) -> None:
    payment = await unauthenticated(office)

    await payment.cancel()

    assert (await payment.result()).outcome is PaymentOutcome.CANCELED
    assert office.cards.open == {"pi_open": DECLINED}


async def test_canceled_after_it_was_authenticated_it_is_received(office: Office) -> None:
    payment = await unauthenticated(office)
    office.cards.open["pi_open"] = Charged("pi_open")

    await payment.cancel()

    assert (await payment.result()).outcome is PaymentOutcome.RECEIVED
    assert office.events(payment) == AUTHENTICATED


async def test_another_card_is_charged_once_the_first_charge_is_closed(office: Office) -> None:
    payment = await unauthenticated(office)

    await office.update_card(payment, "pm_other")

    assert (await payment.result()).outcome is PaymentOutcome.RECEIVED
    assert [charge.payment_method for charge in office.cards.asked] == ["pm_good", "pm_other"]
    assert office.cards.open == {"pi_open": DECLINED}
    assert office.events(payment) == AUTHENTICATED


async def test_another_card_is_not_needed_if_the_first_was_authenticated(office: Office) -> None:
    payment = await unauthenticated(office)
    office.cards.open["pi_open"] = Charged("pi_open")

    await office.update_card(payment, "pm_other")

    assert (await payment.result()).outcome is PaymentOutcome.RECEIVED
    assert len(office.cards.asked) == 1
    assert office.events(payment) == AUTHENTICATED


@pytest.mark.parametrize("outcome", [Charged("pi_open"), DECLINED])
@pytest.mark.parametrize("is_told", [True, False])
async def test_the_bank_is_waited_for(office: Office, outcome: Outcome, *, is_told: bool) -> None:
    left_open(office.cards, PENDING)
    payment = await office.request_payment(office.customer("pm_good"))
    await office.until(lambda: len(office.cards.looked_up) == 1)
    assert office.see(payment).status is PaymentStatus.CHARGING

    office.cards.open["pi_open"] = outcome
    await (tell(payment) if is_told else office.fast_forward(payment, 0.5))

    if isinstance(outcome, Charged):
        assert (await payment.result()).outcome is PaymentOutcome.RECEIVED
        assert office.events(payment)[1:] == ["CreditCardCharged", "PaymentReceived"]
    else:
        await office.waiting(payment)
        assert office.events(payment) == WAITED
    assert len(office.cards.asked) == 1


async def test_a_bank_that_takes_its_time_is_not_interrupted(office: Office) -> None:
    """Neither by a cancellation nor by another card."""
    left_open(office.cards, PENDING)
    payment = await office.request_payment(office.customer("pm_good"))
    await office.until(lambda: len(office.cards.looked_up) == 1)
    await payment.cancel()
    await office.update_card(payment, "pm_other")
    await office.fast_forward(payment, timedelta(hours=1) / timedelta(days=1))
    assert office.events(payment) == ["PaymentRequested"]

    office.cards.open["pi_open"] = Charged("pi_open")
    await tell(payment)

    assert (await payment.result()).outcome is PaymentOutcome.RECEIVED
    assert len(office.cards.asked) == 1
