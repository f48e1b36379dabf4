"""What a run's charges show: saved cards, retries by the payment, and the least charges."""

import pytest

from domain.payment import PaymentFailure
from storage.charges import Charge
from tests.support.examples import NOON
from verification.chaos.effects import Effect, effects_of
from verification.chaos.unexplained import unexplained_declines

NO_MONEY = PaymentFailure(code="card_declined", decline_code="insufficient_funds", message="")
USED_UP = PaymentFailure(code="payment_method_unusable", message="")
LOST = PaymentFailure(code="card_declined", decline_code="lost_card", message="")


def charge(  # noqa: PLR0913  the columns that matter
    payment: str,
    attempt: int,
    *,
    card: str | None = "pm_1",
    amount: int = 2500,
    failure: PaymentFailure | None = None,
    fingerprint: str | None = "visa",
) -> Charge:
    return Charge(
        payment_id=payment,
        attempt=attempt,
        amount=amount,
        currency="EUR",
        payment_method=card,
        asked_at=NOON,
        key_until=NOON,
        charge_id=None if failure else f"pi_{payment}",
        failure=failure,
        provider_customer="cus_1",
        fingerprint=fingerprint,
    )


def test_each_payment_after_the_first_with_one_card_is_one_with_a_saved_card() -> None:
    charges = [charge("p-1", 1), charge("p-2", 1), charge("p-3", 1), charge("p-4", 1, card="pm_2")]

    assert +effects_of(charges) == {Effect.SAVED_CARD: 2}


def test_the_same_card_in_the_next_attempt_is_a_retry_by_the_payment() -> None:
    charges = [
        charge("p-1", 1, failure=NO_MONEY),
        charge("p-1", 2, failure=NO_MONEY),
        charge("p-1", 3),
    ]

    assert +effects_of(charges) == {Effect.RETRY_DECLINED: 1, Effect.RETRY_PAID: 1}


def test_another_card_and_none_are_no_retries() -> None:
    charges = [
        charge("p-1", 1, card=None, failure=NO_MONEY),
        charge("p-1", 2, card=None, failure=NO_MONEY),
        charge("p-1", 3, card="pm_2", failure=NO_MONEY),
        charge("p-1", 4, card="pm_3", amount=50),
    ]

    assert +effects_of(charges) == {Effect.MINIMUM: 1}


def test_a_decline_that_the_provider_knows_nothing_of_is_unexplained() -> None:
    intents = [{"metadata": {"payment": "p-1", "attempt": "1"}}]
    charges = [charge("p-1", 1, failure=NO_MONEY), charge("p-1", 2, failure=NO_MONEY)]

    [line] = unexplained_declines(charges, intents, set())

    assert line.startswith("p-1, attempt 2: card_declined")


def test_cards_that_are_lost_or_unknown_are_declined_without_the_provider() -> None:
    charges = [
        charge("p-1", 1, failure=LOST),
        charge("p-2", 1, failure=NO_MONEY, fingerprint=None),
        charge("p-3", 1),
    ]

    assert unexplained_declines(charges, [], set()) == []


@pytest.mark.parametrize(
    ("before", "late", "is_unexplained"),
    [
        (charge("p-1", 1), set[str](), True),
        (charge("p-1", 1), {"pi_p-1"}, False),
        (charge("p-1", 1, failure=LOST), set[str](), False),
    ],
    ids=["saved", "open meanwhile", "declined"],
)
def test_a_card_is_used_up_unless_a_charge_of_it_has_paid(
    before: Charge, late: set[str], *, is_unexplained: bool
) -> None:
    charges = [before, charge("p-2", 1, failure=USED_UP)]

    assert len(unexplained_declines(charges, [], late)) == is_unexplained
