"""The stories of payments, and of customers who update their card."""

from typing import Any

from temporalio.client import WorkflowHandle

from gateways.cards import Charged, ChargeRequest, Declined, ProviderRejectedError
from storage import charges, ledger
from tests.integration.workflows.harness import Harness, PaymentHandle
from tests.verification.replay.player import (
    BAD,
    BAD_TOO,
    GOOD,
    PARKED,
    REMINDER,
    RETRIED,
    SLOW_BANK,
    SLOWLY,
    TO_AUTHENTICATE,
    Play,
    Scenario,
    left_open,
    unavailable,
)
from workflows.card_update import CardUpdateWorkflow
from workflows.messages import CardDetailsUpdated, CardUpdateInput, ChargeSettled
from workflows.names import TaskQueue, card_update_workflow_id
from workflows.payment import PaymentWorkflow


async def payments_that_are_received(play: Play) -> None:
    """By account, by card, by both, without either."""
    harness = play.harness
    paid = {
        "nothing": await harness.request_payment(harness.customer(None), 0),
        "by-account": await harness.request_payment(harness.customer(None, balance=2500)),
        "by-card": await harness.request_payment(harness.customer(GOOD)),
        "by-account-and-card": await harness.request_payment(harness.customer(GOOD, balance=500)),
    }
    for detail, payment in paid.items():
        await play.ends(payment, detail)


async def a_payment_by_second_card(play: Play) -> None:
    """The customer had none at first."""
    harness = play.harness
    payment = await harness.request_payment(harness.customer(None))
    await play.waits(payment, REMINDER, "no-card")
    await harness.update_card(payment, GOOD)
    await play.ends(payment, "by-second-card")


async def a_payment_that_waits_in_vain(play: Play) -> None:
    """Reminded, declined again, until its deadline."""
    harness = play.harness
    payment = await harness.request_payment(harness.customer(BAD, balance=500))
    await play.waits(payment, REMINDER, "declined")
    await harness.fast_forward(payment, 5)
    await play.waits(payment, "timer Reminder 3 is due", "reminded")
    await harness.update_card(payment, BAD_TOO)
    await harness.until(lambda: harness.events(payment).count("CreditCardFailed") == 2)
    await play.waits(payment, "timer Reminder 3 is due", "declined-again")
    await harness.fast_forward(payment, 8)
    await play.waits(payment, "timer Deadline of the payment", "last-days")
    await harness.fast_forward(payment, 1)
    await play.ends(payment, "at-deadline")


async def payments_that_are_canceled(play: Play) -> None:
    """By their customer while they wait; in a charge, which is settled first."""
    harness = play.harness
    waiting = await harness.request_payment(harness.customer(BAD, balance=500))
    await play.comes_to_wait(waiting, REMINDER)
    await waiting.cancel()
    await play.ends(waiting, "by-customer")

    with unavailable(harness.cards, "charge"):
        good = await harness.request_payment(harness.customer(GOOD))
        bad = await harness.request_payment(harness.customer(BAD))
        await play.waits(good, "activity charge_card", "provider-unavailable")
        await play.comes_to_wait(bad, "activity charge_card")
        for payment in (good, bad):
            await payment.cancel()
    await play.ends(good, "in-spite-of-cancellation")
    await play.ends(bad, "by-customer-in-a-charge")


async def payments_whose_charge_the_provider_refuses(play: Play) -> None:
    """They are parked until that is put right, or until the customer cancels.

    Older releases canceled them at once, which their histories show.
    """
    harness, answer = play.harness, play.harness.cards.answer
    harness.agreement = SLOWLY

    def refuse(charge: ChargeRequest) -> Charged | Declined:
        raise ProviderRejectedError(f"no such thing as {charge.currency}")

    harness.cards.answer = refuse
    parked = await harness.request_payment(harness.customer(GOOD, balance=500))
    await play.waits(parked, PARKED, "refused")
    canceled = await harness.request_payment(harness.customer(GOOD, balance=500))
    await play.comes_to_wait(canceled, PARKED)
    await canceled.cancel()
    await play.ends(canceled, "by-customer-while-refused")
    harness.cards.answer = answer
    await harness.update_card(parked, GOOD)
    await play.ends(parked, "by-card-after-a-refusal")


async def charges_left_open(play: Play) -> None:
    """The customer or their bank has the last word."""
    harness = play.harness
    with left_open(harness.cards):
        authenticated = await harness.request_payment(harness.customer(TO_AUTHENTICATE))
        await play.waits(authenticated, REMINDER, "unauthenticated")
        await _pays_at_last(harness, authenticated)
        await play.ends(authenticated, "by-authentication")

        another = await harness.request_payment(harness.customer(TO_AUTHENTICATE))
        await play.comes_to_wait(another, REMINDER)
        await harness.update_card(another, GOOD)
        await play.ends(another, "by-second-card-after-one-left-open")

        forgotten = await harness.request_payment(harness.customer(TO_AUTHENTICATE))
        await play.comes_to_wait(forgotten, REMINDER)
        await harness.fast_forward(forgotten, 14)
        await play.ends(forgotten, "at-deadline-unauthenticated")

        harness.agreement = SLOWLY
        slow = await harness.request_payment(harness.customer(SLOW_BANK))
        await play.waits(slow, "timer Look up the charge again", "bank-takes-its-time")
        await _pays_at_last(harness, slow)
        await play.ends(slow, "by-bank")


async def payments_without_a_database(play: Play) -> None:
    """Before the account was looked at, and before the card is charged."""
    harness = play.harness
    with unavailable(charges, "begin"):
        charging = await harness.request_payment(harness.customer(GOOD, balance=500))
        await play.waits(charging, "activity charge_card")
    harness.agreement = SLOWLY
    with unavailable(ledger, "lock"):
        await play.waits(await harness.request_payment(harness.customer(GOOD)), RETRIED)


async def card_updates(play: Play) -> None:
    """All waiting payments are notified."""
    harness = play.harness
    for count, words in enumerate(["none", "one", "two"]):
        customer = harness.customer(BAD)
        for _ in range(count):
            await harness.waiting(await harness.request_payment(customer))
        await play.ends(await _update_card(harness, customer), f"told-{words}")

    customer = harness.customer(BAD)
    await harness.waiting(await harness.request_payment(customer))
    harness.payment_without_workflow(customer)
    await play.ends(await _update_card(harness, customer), "told-one-and-one-ended")

    customer = harness.customer(BAD)
    await harness.waiting(await harness.request_payment(customer))
    harness.give_card(customer, GOOD)
    refused = await _update_card(harness, customer, "pm_unknown")
    await play.fails(refused, "refused-former-told-one")

    with unavailable(harness.cards, "describe_card"):
        update = await _update_card(harness, harness.customer(None))
        await play.waits(update, "activity register_card", "provider-unavailable")


async def joined_card_updates(play: Play) -> None:
    """As requests of this release start them; another card may take the first one's place."""
    harness = play.harness
    customer = harness.customer(BAD)
    for _ in range(2):
        await harness.waiting(await harness.request_payment(customer))
    await play.ends(await _update_card(harness, customer, joinable=True), "joined-notified-two")

    refused = await _update_card(harness, harness.customer(BAD), "pm_unknown", joinable=True)
    await play.ends(refused, "joined-refused")

    customer = harness.customer(BAD)
    await harness.waiting(await harness.request_payment(customer))
    with unavailable(harness.cards, "describe_card"):
        update = await _update_card(harness, customer, BAD_TOO, joinable=True)
        await play.waits(update, "activity register_card", "joined-provider-unavailable")
        newer = CardDetailsUpdated(payment_method=GOOD)
        await update.signal(CardUpdateWorkflow.card_given, newer)
    await play.ends(update, "joined-by-a-newer-card")


SCENARIOS: tuple[Scenario, ...] = (
    payments_that_are_received,
    a_payment_by_second_card,
    a_payment_that_waits_in_vain,
    payments_that_are_canceled,
    payments_whose_charge_the_provider_refuses,
    charges_left_open,
    payments_without_a_database,
    card_updates,
    joined_card_updates,
)


async def _update_card(
    harness: Harness, customer: str, payment_method: str = GOOD, *, joinable: bool = False
) -> WorkflowHandle[Any, Any]:
    handle = await harness.client.start_workflow(
        CardUpdateWorkflow.run,
        CardUpdateInput(customer_id=customer, payment_method=payment_method, joinable=joinable),
        id=card_update_workflow_id(customer),
        task_queue=TaskQueue.PAYMENTS,
    )
    harness.started.append(handle)
    return handle


async def _pays_at_last(harness: Harness, payment: PaymentHandle) -> None:
    """And the card provider says so."""
    id = f"pi_{payment.id.removeprefix('payment/')}"
    harness.cards.open[id] = Charged(id)
    await payment.signal(PaymentWorkflow.charge_settled, ChargeSettled(attempt=1))
