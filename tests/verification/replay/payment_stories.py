"""The stories of payments, and of customers who update their card."""

from typing import Any

from temporalio.client import WorkflowHandle

from gateways.cards import Charged, ChargeRequest, Declined, ProviderRejectedError
from storage import charges, ledger
from tests.integration.workflows.harness import Office, PaymentHandle
from tests.verification.replay.player import (
    BAD,
    BAD_TOO,
    GOOD,
    REMINDER,
    RETRIED,
    SLOW_BANK,
    SLOWLY,
    TO_AUTHENTICATE,
    Play,
    Scenario,
    away,
    left_open,
)
from workflows.card_update import CardUpdateWorkflow
from workflows.messages import CardUpdateInput, ChargeSettled
from workflows.names import TaskQueue, card_update_workflow_id
from workflows.payment import PaymentWorkflow


async def payments_that_are_received(play: Play) -> None:
    """By account, by card, by both, without either."""
    office = play.office
    paid = {
        "nothing": await office.request_payment(office.customer(None), 0),
        "by-account": await office.request_payment(office.customer(None, balance=2500)),
        "by-card": await office.request_payment(office.customer(GOOD)),
        "by-account-and-card": await office.request_payment(office.customer(GOOD, balance=500)),
    }
    for detail, payment in paid.items():
        await play.ends(payment, detail)


async def a_payment_by_second_card(play: Play) -> None:
    """The customer had none at first."""
    office = play.office
    payment = await office.request_payment(office.customer(None))
    await play.waits(payment, REMINDER, "no-card")
    await office.update_card(payment, GOOD)
    await play.ends(payment, "by-second-card")


async def a_payment_that_waits_in_vain(play: Play) -> None:
    """Reminded, declined again, until its deadline."""
    office = play.office
    payment = await office.request_payment(office.customer(BAD, balance=500))
    await play.waits(payment, REMINDER, "declined")
    await office.fast_forward(payment, 5)
    await play.waits(payment, "timer Reminder 3 is due", "reminded")
    await office.update_card(payment, BAD_TOO)
    await office.until(lambda: office.events(payment).count("CreditCardFailed") == 2)
    await play.waits(payment, "timer Reminder 3 is due", "declined-again")
    await office.fast_forward(payment, 8)
    await play.waits(payment, "timer Deadline of the payment", "last-days")
    await office.fast_forward(payment, 1)
    await play.ends(payment, "at-deadline")


async def payments_that_are_canceled(play: Play) -> None:
    """By their customer while they wait; in a charge, which is settled first."""
    office = play.office
    waiting = await office.request_payment(office.customer(BAD, balance=500))
    await play.comes_to_wait(waiting, REMINDER)
    await waiting.cancel()
    await play.ends(waiting, "by-customer")

    with away(office.cards, "charge"):
        good = await office.request_payment(office.customer(GOOD))
        bad = await office.request_payment(office.customer(BAD))
        await play.waits(good, "activity charge_card", "provider-away")
        await play.comes_to_wait(bad, "activity charge_card")
        for payment in (good, bad):
            await payment.cancel()
    await play.ends(good, "in-spite-of-cancellation")
    await play.ends(bad, "by-customer-in-a-charge")


async def a_payment_the_provider_refuses(play: Play) -> None:
    """Whatever card it is."""
    office, answer = play.office, play.office.cards.answer

    def refuse(charge: ChargeRequest) -> Charged | Declined:
        raise ProviderRejectedError(f"no such thing as {charge.currency}")

    office.cards.answer = refuse
    payment = await office.request_payment(office.customer(GOOD, balance=500))
    await play.ends(payment, "by-refusal-of-the-provider")
    office.cards.answer = answer


async def charges_left_open(play: Play) -> None:
    """The customer or their bank has the last word."""
    office = play.office
    with left_open(office.cards):
        authenticated = await office.request_payment(office.customer(TO_AUTHENTICATE))
        await play.waits(authenticated, REMINDER, "unauthenticated")
        await _pays_at_last(office, authenticated)
        await play.ends(authenticated, "by-authentication")

        another = await office.request_payment(office.customer(TO_AUTHENTICATE))
        await play.comes_to_wait(another, REMINDER)
        await office.update_card(another, GOOD)
        await play.ends(another, "by-second-card-after-one-left-open")

        forgotten = await office.request_payment(office.customer(TO_AUTHENTICATE))
        await play.comes_to_wait(forgotten, REMINDER)
        await office.fast_forward(forgotten, 14)
        await play.ends(forgotten, "at-deadline-unauthenticated")

        office.agreement = SLOWLY
        slow = await office.request_payment(office.customer(SLOW_BANK))
        await play.waits(slow, "timer The bank is asked again", "bank-takes-its-time")
        await _pays_at_last(office, slow)
        await play.ends(slow, "by-bank")


async def payments_without_a_database(play: Play) -> None:
    """Before the account was looked at, and before the card is charged."""
    office = play.office
    with away(charges, "begin"):
        charging = await office.request_payment(office.customer(GOOD, balance=500))
        await play.waits(charging, "activity charge_card")
    office.agreement = SLOWLY
    with away(ledger, "lock"):
        await play.waits(await office.request_payment(office.customer(GOOD)), RETRIED)


async def card_updates(play: Play) -> None:
    """Told to as many payments as wait."""
    office = play.office
    for count, words in enumerate(["none", "one", "two"]):
        customer = office.customer(BAD)
        for _ in range(count):
            await office.waiting(await office.request_payment(customer))
        await play.ends(await _update_card(office, customer), f"told-{words}")

    customer = office.customer(BAD)
    await office.waiting(await office.request_payment(customer))
    office.payment_without_workflow(customer)
    await play.ends(await _update_card(office, customer), "told-one-and-one-ended")

    customer = office.customer(BAD)
    await office.waiting(await office.request_payment(customer))
    office.give_card(customer, GOOD)
    refused = await _update_card(office, customer, "pm_unknown")
    await play.fails(refused, "refused-former-told-one")

    with away(office.cards, "describe_card"):
        update = await _update_card(office, office.customer(None))
        await play.waits(update, "activity register_card", "provider-away")


SCENARIOS: tuple[Scenario, ...] = (
    payments_that_are_received,
    a_payment_by_second_card,
    a_payment_that_waits_in_vain,
    payments_that_are_canceled,
    a_payment_the_provider_refuses,
    charges_left_open,
    payments_without_a_database,
    card_updates,
)


async def _update_card(
    office: Office, customer: str, payment_method: str = GOOD
) -> WorkflowHandle[Any, Any]:
    handle = await office.client.start_workflow(
        CardUpdateWorkflow.run,
        CardUpdateInput(customer_id=customer, payment_method=payment_method),
        id=card_update_workflow_id(customer),
        task_queue=TaskQueue.PAYMENTS,
    )
    office.started.append(handle)
    return handle


async def _pays_at_last(office: Office, payment: PaymentHandle) -> None:
    """And the card provider says so."""
    id = f"pi_{payment.id.removeprefix('payment/')}"
    office.cards.open[id] = Charged(id)
    await payment.signal(PaymentWorkflow.charge_settled, ChargeSettled(attempt=1))
