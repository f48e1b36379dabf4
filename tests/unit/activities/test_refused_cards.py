"""Why a card was declined is kept, and cards that must not be charged are not."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from temporalio.testing import ActivityEnvironment

from activities.charges import ChargeActivities, ChargeCardInput, ChargeCardResult
from activities.open_charges import OpenChargeActivities, SettleChargeInput
from domain import declines
from domain.payment import PaymentFailure
from domain.statuses import payment_workflow_id
from gateways.cards import (
    Charged,
    ChargeRequest,
    Declined,
    KnownCard,
    Outcome,
    ProviderUnavailableError,
)
from storage import charges, events, payments
from storage.database import Database
from tests.support.databases import new_sqlite
from tests.support.examples import NOON, add_customer, payment
from tests.support.fakes import FakeCards
from tests.verification.bugs import declines as bugs
from verification.audit.records import Intent
from verification.audit.rules.cards import no_card_is_tried_again_after_a_hard_decline
from verification.audit.snapshot import Snapshot
from verification.audit.sources import database as audited

STOLEN = Declined(
    "card_declined",
    "Visa 4242 was stolen from kermit@example.com.",
    decline_code="stolen_card",
    advice_code="do_not_try_again",
)
NO_FUNDS = Declined("card_declined", "No funds.", decline_code="insufficient_funds")
KEPT = PaymentFailure(
    code="card_declined",
    decline_code="stolen_card",
    advice_code="do_not_try_again",
    message="Your card was declined.",
)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """With two customers, who request a payment each."""
    with new_sqlite(tmp_path) as database:
        with database.write() as tx:
            for customer in ("kermit", "gonzo"):
                add_customer(tx, customer)
                payments.request(tx, payment(customer, customer_id=customer))
        yield database


def always(outcome: Outcome) -> Callable[[ChargeRequest], Outcome]:
    return lambda _: outcome


def charge(
    database: Database, cards: FakeCards, payment_id: str = "kermit", attempt: int = 1
) -> ChargeCardResult:
    """Charge `pm_1`, a card with the same fingerprint for both customers."""
    input = ChargeCardInput(at=NOON, payment_id=payment_id, attempt=attempt, payment_method="pm_1")
    activities = ChargeActivities(database, cards, timedelta(0))
    return ActivityEnvironment().run(activities.charge_card, input)


def kept(database: Database, payment_id: str, attempt: int = 1) -> list[PaymentFailure | None]:
    """The failure in the charge's row, in the payment's, and in its last event."""
    with database.read() as tx:
        found = charges.find(tx, payment_id, attempt)
        last = events.of_stream(tx, payment_workflow_id(payment_id))[-1]
        in_payment = payments.find(tx, payment_id).failure
    assert found is not None
    assert last.type == "CreditCardFailed"
    return [found.failure, in_payment, PaymentFailure.model_validate(last.data)]


def test_the_reason_reaches_row_event_and_workflow(database: Database) -> None:
    result = charge(database, FakeCards(answer=always(STOLEN)))
    assert result.failure == KEPT
    assert kept(database, "kermit") == [KEPT, KEPT, KEPT]


def test_the_reason_of_a_charge_that_was_open_is_kept_too(database: Database) -> None:
    authenticate = Declined("authentication_required", "Authenticate.", "pi_1")
    cards = FakeCards(answer=always(authenticate))
    charge(database, cards)
    cards.open["pi_1"] = STOLEN
    first = kept(database, "kermit")

    input = SettleChargeInput(at=NOON, payment_id="kermit", cancel=False)
    OpenChargeActivities(database, cards).settle_charge(input)

    assert kept(database, "kermit") == first  # the failure was recorded already
    assert first[0] is not None
    assert first[0].message == "Your bank requires you to authenticate this payment."


def test_an_unknown_reason_is_kept_in_the_providers_words(database: Database) -> None:
    unknown = Declined("card_declined", "A new reason.", decline_code="of_next_year")
    result = charge(database, FakeCards(answer=always(unknown)))
    assert result.failure == PaymentFailure(
        code="card_declined", decline_code="of_next_year", message="A new reason."
    )


def test_a_stolen_card_is_tried_once_in_a_payment(database: Database) -> None:
    cards = FakeCards(answer=always(STOLEN))
    results = [charge(database, cards, attempt=attempt) for attempt in (1, 2, 3)]
    assert [result.failure for result in results] == [KEPT] * 3
    assert len(cards.asked) == 1
    assert kept(database, "kermit", attempt=3) == [KEPT, KEPT, KEPT]


class Mastercards(FakeCards):
    """Any card is a Mastercard."""

    def describe_card(self, payment_method: str) -> KnownCard:
        known = super().describe_card(payment_method)
        return replace(known, card=known.card.model_copy(update={"brand": "mastercard"}))


def test_a_card_given_to_one_payment_has_the_limit_of_its_own_network(database: Database) -> None:
    """Mastercard allows ten declines a day; the customer has another card on file, or none."""
    cards = Mastercards(answer=always(NO_FUNDS))
    results = [charge(database, cards, attempt=attempt) for attempt in range(1, 12)]
    assert [result.failure and result.failure.decline_code for result in results] == [
        *["insufficient_funds"] * 10,
        "retry_limit",
    ]
    assert len(cards.asked) == 10


def test_a_stolen_card_is_tried_by_no_other_customer(database: Database) -> None:
    cards = FakeCards(answer=always(STOLEN))
    charge(database, cards)
    cards.answer = always(Charged("pi_2"))

    result = charge(database, cards, payment_id="gonzo")

    assert (result.charged, result.failure) == (False, KEPT)
    assert result.waiting_since is not None
    assert [request.payment_id for request in cards.asked] == ["kermit"]


def test_a_card_is_not_tried_more_often_than_its_network_allows(database: Database) -> None:
    cards = FakeCards(answer=always(NO_FUNDS))
    for attempt in range(1, 16):
        charge(database, cards, attempt=attempt)

    result = charge(database, cards, payment_id="gonzo")

    assert len(cards.asked) == 15
    assert result.failure is not None
    assert (result.failure.code, result.failure.decline_code) == ("card_declined", "retry_limit")
    assert result.failure.message == declines.sentence("card_declined", "retry_limit")


def test_a_lost_answer_is_asked_for_again_all_the_same(database: Database) -> None:
    """The card was declined for another payment meanwhile, but this charge may have been taken."""

    def lose(request: ChargeRequest) -> Outcome:
        raise ProviderUnavailableError("the answer got lost")

    with pytest.raises(ProviderUnavailableError):
        charge(database, FakeCards(answer=lose))
    charge(database, FakeCards(answer=always(STOLEN)), payment_id="gonzo")
    cards = FakeCards(answer=always(Charged("pi_1")))

    assert charge(database, cards).charged
    assert len(cards.asked) == 1


@pytest.mark.parametrize("bug", [None, bugs.try_a_stolen_card_again])
def test_a_stolen_card_that_is_tried_again_is_found(
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    bug: Callable[[pytest.MonkeyPatch], None] | None,
) -> None:
    if bug:
        bug(monkeypatch)
    cards = FakeCards(answer=always(STOLEN))
    for attempt in (1, 2):
        charge(database, cards, attempt=attempt)

    found = list(no_card_is_tried_again_after_a_hard_decline(snapshot(database, cards)))

    assert [subject for subject, _ in found] == (["payment kermit, attempt 2"] if bug else [])


def snapshot(database: Database, cards: FakeCards) -> Snapshot:
    """Our books, and the provider's."""
    intents = [
        Intent(
            f"pi_{request.attempt}",
            "requires_payment_method",
            request.amount,
            0,
            0,
            request.currency.lower(),
            {"payment": request.payment_id, "attempt": str(request.attempt)},
        )
        for request in cards.asked
    ]
    books = audited.read(database.url.render_as_string(hide_password=False))
    return Snapshot(NOON, books, intents, [], [], [], [], [], [])
