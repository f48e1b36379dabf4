"""Customers and banks act at the card provider as planned."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import replace
from itertools import count
from typing import Literal

import pytest

from gateways.cards import (
    Charged,
    ChargeRequest,
    Declined,
    Outcome,
    Pending,
    ProviderRefund,
    RefundRefusedError,
    RefundRequest,
)
from gateways.stripe_cards import StripeCards
from tests.support import card_events
from tests.support.simulators import SECRET_KEY, Simulator
from verification.chaos.card_events import CardHolders
from verification.chaos.faults.card_provider import CardProvider
from verification.chaos.scenarios import BankOutcome

CARD = "pm_card_authenticationRequired"
LIMIT = 60
OUTCOMES = {"pays": BankOutcome(pays=True, after=0.1), "declines": BankOutcome(pays=False, after=0)}


@pytest.fixture
async def people(cards: Simulator) -> AsyncIterator[CardHolders]:
    people = CardHolders(cards.url, OUTCOMES.get, asyncio.Lock())
    yield people
    await people.close()


def charge(cards: Simulator, payment: str, card: str = CARD, attempt: int = 1) -> Outcome:
    request = ChargeRequest(f"{payment}-{attempt}", payment, attempt, 2500, "EUR", card)
    return StripeCards(SECRET_KEY, cards.url).charge(request)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(LIMIT):
        while not condition():  # noqa: ASYNC110  what another process does
            await asyncio.sleep(0.02)


async def test_a_customer_fails_to_authenticate_and_then_succeeds_once(
    cards: Simulator, people: CardHolders
) -> None:
    charge(cards, "p-1", card="pm_card_chargeDeclined")
    declined = charge(cards, "p-1", attempt=2)
    assert isinstance(declined, Declined)
    assert declined.open_id is not None

    await people.authenticate("p-1", succeeds=False)
    await people.authenticate("p-1", succeeds=True)
    await people.authenticate("p-1", succeeds=True)

    assert isinstance(StripeCards(SECRET_KEY, cards.url).look_up(declined.open_id), Charged)
    assert people.done == {"not authenticated": 1, "authenticated": 1}


async def test_a_canceled_charge_can_not_be_authenticated(
    cards: Simulator, people: CardHolders
) -> None:
    declined = charge(cards, "p-2")
    assert isinstance(declined, Declined)
    assert declined.open_id is not None
    StripeCards(SECRET_KEY, cards.url).close(declined.open_id)

    await people.authenticate("p-2", succeeds=True)

    assert people.done == {"too late to authenticate": 1}


async def test_a_charge_is_awaited(cards: Simulator, people: CardHolders) -> None:
    looks: list[str] = []

    def is_over() -> bool:
        looks.append("")
        return False

    waiting = asyncio.create_task(people.wait_for_charge("p-3", is_over, LIMIT))
    # Between two looks at the condition it has found no charge.
    await until(lambda: len(looks) > 1)
    assert not waiting.done()

    await asyncio.to_thread(charge, cards, "p-3")

    await asyncio.wait_for(waiting, LIMIT)


def refund(cards: Simulator, payment: str, charge_id: str) -> ProviderRefund:
    request = RefundRequest(
        key=f"{payment}-refund",
        payment_id=payment,
        charge_id=charge_id,
        amount=2500,
        reference="whole",
    )
    return StripeCards(SECRET_KEY, cards.url).refund(request)


def refuses(cards: Simulator, payment: str, charge_id: str) -> bool:
    try:
        refund(cards, payment, charge_id)
    except RefundRefusedError as refusal:
        return refusal.reason == "charge_disputed"
    return False


async def test_a_disputed_charge_is_not_refunded(cards: Simulator, people: CardHolders) -> None:
    charged = charge(cards, "p-5", "pm_card_visa")
    assert isinstance(charged, Charged)

    await people.dispute("p-5")

    assert refuses(cards, "p-5", charged.charge_id)
    assert people.done == {"disputed": 1}


async def test_a_refund_by_hand_names_no_payment_and_is_made_once(
    cards: Simulator, people: CardHolders
) -> None:
    charged = charge(cards, "p-10", "pm_card_visa")
    assert isinstance(charged, Charged)

    made = {await people.refund_by_hand("p-10", 300) for _ in range(2)}

    [refund] = StripeCards(SECRET_KEY, cards.url).refunds(charged.charge_id)
    assert made == {refund.refund_id}
    assert (refund.amount, refund.payment_id) == (300, None)


@pytest.mark.parametrize("mode", ["error_500", "lose_answer"])
@pytest.mark.parametrize("after_effect", [False, True])
async def test_a_refund_by_hand_that_meets_an_error_is_made_once(
    cards: Simulator, people: CardHolders, mode: str, *, after_effect: bool
) -> None:
    """Stripe repeats an error 500 for the key that first got it."""
    payment = f"p-{mode}-{after_effect}"
    charged = charge(cards, payment, "pm_card_visa")
    assert isinstance(charged, Charged)
    cards.fault(mode, times=2, only="/v1/refunds", after_effect=after_effect)

    made = await people.refund_by_hand(payment, 300)

    [refund] = StripeCards(SECRET_KEY, cards.url).refunds(charged.charge_id)
    assert (refund.refund_id, refund.amount) == (made, 300)


async def test_a_card_that_paid_at_the_first_attempt_is_declined_until_it_is_restored(
    cards: Simulator, people: CardHolders
) -> None:
    card = StripeCards(SECRET_KEY, cards.url).describe_card("pm_card_jcb").payment_method
    customer = StripeCards(SECRET_KEY, cards.url).create_customer("c-6")

    def pay(payment: str, attempt: int = 1) -> Outcome:
        key = f"{payment}-{attempt}"
        request = ChargeRequest(key, payment, attempt, 2500, "EUR", card, customer=customer)
        return StripeCards(SECRET_KEY, cards.url).charge(replace(request, on_session=True))

    assert isinstance(pay("p-6", attempt=2), Charged)
    await people.fail_saved_card("c-6", "p-6", "lost_card")
    assert isinstance(pay("p-7"), Charged)
    await people.fail_saved_card("c-6", "p-7", "lost_card")
    declined = pay("p-8")
    assert isinstance(declined, Declined)
    assert declined.decline_code == "lost_card"

    await people.restore_saved_card("c-6")

    assert isinstance(pay("p-8", attempt=2), Charged)


class CountingLock(asyncio.Lock):
    """Knows how often it was requested."""

    requested = 0

    async def acquire(self) -> Literal[True]:
        self.requested += 1
        return await super().acquire()


async def test_a_refund_fails_only_while_webhooks_arrive(cards: Simulator) -> None:
    webhooks_arrive = CountingLock()
    people = CardHolders(cards.url, OUTCOMES.get, webhooks_arrive)
    charged = charge(cards, "p-9", "pm_card_visa")
    assert isinstance(charged, Charged)
    id = refund(cards, "p-9", charged.charge_id).refund_id
    async with webhooks_arrive:
        failing = asyncio.create_task(people.settle_refund(id, fails=True))
        await until(lambda: webhooks_arrive.requested == 2)
        assert StripeCards(SECRET_KEY, cards.url).look_up_refund(id).status == "succeeded"
        assert not failing.done()

    assert await failing
    assert not await people.settle_refund(id, fails=True)
    assert StripeCards(SECRET_KEY, cards.url).look_up_refund(id).status == "failed"
    await people.close()


async def test_banks_are_slow_until_a_charge_is_pending(cards: Simulator) -> None:
    slow = asyncio.create_task(CardProvider(cards.url).slow_banks(seconds=0))
    attempts = count(1)

    def is_left_undecided() -> bool:
        return isinstance(charge(cards, "p-4", "pm_card_visa", next(attempts)), Pending)

    await until(is_left_undecided)

    assert await slow == 1
    assert not is_left_undecided()


async def test_each_slow_bank_decides_as_planned(cards: Simulator, people: CardHolders) -> None:
    at_the_provider = card_events.CardHolders(cards.url)
    at_the_provider.take_time()
    charged = {
        payment: charge(cards, payment, "pm_card_visa") for payment in (*OUTCOMES, "unknown")
    }
    at_the_provider.take_time(on=False)
    open_ids = {name: one.open_id for name, one in charged.items() if isinstance(one, Pending)}
    assert set(open_ids) == set(charged)

    deciding = asyncio.create_task(people.decide())
    await until(lambda: people.done.total() == len(OUTCOMES))
    deciding.cancel()
    with suppress(asyncio.CancelledError):
        await deciding

    look_up = StripeCards(SECRET_KEY, cards.url).look_up
    assert isinstance(look_up(open_ids["pays"]), Charged)
    assert isinstance(look_up(open_ids["declines"]), Declined)
    assert isinstance(look_up(open_ids["unknown"]), Pending)
    assert people.done == {"approved late by the bank": 1, "declined late by the bank": 1}
