"""A customer's card is saved by the first charge that it pays, and charged off session after it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from temporalio.testing import ActivityEnvironment

from activities.charges import ChargeActivities, ChargeCardInput, ChargeCardResult
from activities.customer_cards import CustomerCardActivities, RegisterCardInput
from domain.customer import Card
from gateways.cards import (
    CardUnknownError,
    Charged,
    ChargeRequest,
    Declined,
    KnownCard,
    ProviderUnavailableError,
)
from storage import charges, customers, payments
from storage.charges import Charge
from storage.database import Database
from tests.support.databases import new_sqlite
from tests.support.examples import NOON, add_customer, payment
from tests.support.fakes import SPENT, FakeCards, good_or_bad_card
from tests.verification.bugs.charges import charge_saved_cards_without_customer

VISA = Card(brand="visa", last4="4242", exp_month=12, exp_year=2030)
ORDERS = 10


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """With a customer's payments p-1 to p-10, none of which has been charged."""
    with new_sqlite(tmp_path) as database:
        with database.write() as tx:
            add_customer(tx)
            for number in range(1, ORDERS + 1):
                payments.request(tx, payment(f"p-{number}"))
        yield database


class Tokens(FakeCards):
    """A token (`tok_…`) stands for another payment method each time that it is looked up."""

    def __init__(self) -> None:
        super().__init__()
        self.described = 0

    def describe_card(self, payment_method: str) -> KnownCard:
        if payment_method.startswith("pm_"):
            return super().describe_card(payment_method)
        self.described += 1
        return KnownCard(f"pm_{self.described}", VISA, f"fingerprint of {payment_method}")

    def charge(self, charge: ChargeRequest) -> Charged | Declined:
        assert charge.payment_method.startswith("pm_"), "charged a token"
        outcome = super().charge(charge)
        assert isinstance(outcome, Charged | Declined)
        return outcome


def give(database: Database, cards: FakeCards, token: str) -> str | None:
    """The customer gives a card for all their payments; the id that they are notified of."""
    given = RegisterCardInput(customer_id="kermit", payment_method=token, given_at=NOON)
    return CustomerCardActivities(database, cards).register_card(given).payment_method


def charge(
    database: Database,
    cards: FakeCards,
    number: int,
    attempt: int = 1,
    payment_method: str | None = None,
) -> ChargeCardResult:
    activities = ChargeActivities(database, cards, timedelta(hours=1))
    input = ChargeCardInput(
        at=NOON, payment_id=f"p-{number}", attempt=attempt, payment_method=payment_method
    )
    return ActivityEnvironment().run(activities.charge_card, input)


def begun(database: Database, number: int, attempt: int = 1) -> Charge:
    with database.read() as tx:
        found = charges.find(tx, f"p-{number}", attempt)
    assert found is not None
    return found


def ten_orders_with_one_card(database: Database) -> FakeCards:
    cards = Tokens()
    give(database, cards, "tok_visa")
    for number in range(1, ORDERS + 1):
        assert charge(database, cards, number).charged
    return cards


def test_ten_orders_with_one_card(database: Database) -> None:
    cards = ten_orders_with_one_card(database)

    assert {(asked.customer, asked.payment_method) for asked in cards.asked} == {
        ("cus_kermit", "pm_1")
    }
    assert begun(database, 10).fingerprint == "fingerprint of tok_visa"


def test_a_card_charged_without_its_customer_is_found_out(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    charge_saved_cards_without_customer(monkeypatch)

    with pytest.raises(AssertionError):
        ten_orders_with_one_card(database)


def test_orders_at_the_same_time_make_one_customer_and_all_are_paid(database: Database) -> None:
    cards = Tokens()
    give(database, cards, "tok_visa")

    def pay(number: int) -> ChargeCardResult:
        return charge(database, cards, number)

    with ThreadPoolExecutor(ORDERS) as executor:
        results = list(executor.map(pay, range(1, ORDERS + 1)))

    assert all(result.charged for result in results)
    assert {asked.customer for asked in cards.asked} == {"cus_kermit"}


def test_the_first_customer_of_two_that_race_is_kept(database: Database) -> None:
    cards = FakeCards()
    create_customer = cards.create_customer

    def come_late(customer_id: str, deleted: str | None = None) -> str:
        with database.write() as tx:
            customers.keep_provider_customer(tx, customer_id, "cus_first")
        return create_customer(customer_id, deleted)

    cards.create_customer = come_late
    charge(database, cards, 1, payment_method="pm_good")

    assert [asked.customer for asked in cards.asked] == ["cus_first"]


def test_later_attempts_are_off_session_only_with_a_saved_card(database: Database) -> None:
    cards = FakeCards()
    give(database, cards, "pm_saved")
    charge(database, cards, 1)
    for attempt, card in enumerate(["pm_bad", "pm_new"], start=1):
        charge(database, cards, 2, attempt, card)
    charge(database, cards, 3, 1, "pm_bad")
    charge(database, cards, 3, 2, "pm_saved")

    asked = [(each.payment_id, each.attempt, each.on_session) for each in cards.asked]
    assert asked == [
        ("p-1", 1, True),
        ("p-2", 1, True),
        ("p-2", 2, True),
        ("p-3", 1, True),
        ("p-3", 2, False),
    ]
    assert charge(database, cards, 3, 2, "pm_saved").charged


def test_a_card_update_while_two_payments_wait_saves_the_card_once(database: Database) -> None:
    cards = Tokens()
    give(database, cards, "pm_bad")
    assert not any(charge(database, cards, number).charged for number in (1, 2))

    id = give(database, cards, "tok_visa")

    assert id == "pm_1"
    assert all(charge(database, cards, number, 2, id).charged for number in (1, 2))
    assert [each.on_session for each in cards.asked[2:]] == [True, False]
    assert begun(database, 2, 2).fingerprint == "fingerprint of tok_visa"


def test_a_token_given_for_one_payment_is_charged_by_the_id_it_stands_for(
    database: Database,
) -> None:
    assert charge(database, Tokens(), 1, payment_method="tok_visa").charged

    paid = begun(database, 1)
    assert (paid.payment_method, paid.fingerprint) == ("pm_1", "fingerprint of tok_visa")


def test_after_a_reset_an_attempt_with_an_outcome_is_the_last_one(database: Database) -> None:
    """A card that is given next has an attempt of its own, and is charged."""
    cards = Tokens()
    assert not charge(database, cards, 1, payment_method=None).charged
    assert not charge(database, cards, 1, 2, "pm_bad").charged

    again = charge(database, cards, 1, 1, "pm_bad")

    assert (again.attempt, again.is_of_another_card) == (2, False)
    assert charge(database, cards, 1, 1, "tok_visa").is_of_another_card


def test_a_card_that_is_given_to_a_payment_without_any_is_another_one(database: Database) -> None:
    assert not charge(database, Tokens(), 1).charged

    assert charge(database, Tokens(), 1, 1, "tok_visa").is_of_another_card


def test_a_saved_card_that_was_detached_is_declined(database: Database) -> None:
    """The payment then waits for another."""
    cards = FakeCards()
    give(database, cards, "pm_saved")
    charge(database, cards, 1)
    cards.saved.clear()
    cards.spent.add("pm_saved")

    result = charge(database, cards, 2)

    assert not result.charged
    assert result.waiting_since is not None
    assert result.failure is not None
    assert result.failure.code == SPENT.code


def test_a_card_that_is_none_is_left_to_the_charge(database: Database) -> None:
    """It is declined there, as a card that can't be used."""

    class Unknown(FakeCards):
        def describe_card(self, payment_method: str) -> KnownCard:
            raise CardUnknownError(payment_method)

    cards = Unknown(answer=lambda _: SPENT)

    assert charge(database, cards, 1, payment_method="pm_unknown").waiting_since is not None


def test_a_token_stored_by_an_older_release_is_one_card_from_its_first_charge_on(
    database: Database,
) -> None:
    cards = Tokens()
    with database.write() as tx:
        customers.set_card(tx, "kermit", "tok_visa", VISA, NOON)

    assert all(charge(database, cards, number).charged for number in (1, 2))
    assert charge(database, cards, 3, 2).charged

    assert {asked.payment_method for asked in cards.asked} == {"pm_1"}
    assert [asked.on_session for asked in cards.asked] == [True, True, False]
    with database.read() as tx:
        card = customers.card_on_file(tx, "kermit")
    assert card == ("pm_1", "fingerprint of tok_visa", "cus_kermit", "visa")


def test_a_card_given_while_an_older_releases_token_is_looked_up_is_charged(
    database: Database,
) -> None:
    class Slow(Tokens):
        def describe_card(self, payment_method: str) -> KnownCard:
            if payment_method == "tok_old":
                give(database, self, "tok_visa")
            return super().describe_card(payment_method)

    cards = Slow()
    with database.write() as tx:
        customers.set_card(tx, "kermit", "tok_old", VISA, NOON)

    assert charge(database, cards, 1).charged

    assert begun(database, 1).fingerprint == "fingerprint of tok_visa"


def test_a_charge_begun_by_an_older_release_is_requested_as_it_was(database: Database) -> None:
    """Its key is in use, and the provider refuses other parameters under it."""
    cards = FakeCards()
    with database.write() as tx:
        charges.begin(tx, "p-1", 1, "pm_good", NOON)

    assert charge(database, cards, 1).charged

    [asked] = cards.asked
    assert (asked.customer, asked.on_session, asked.key) == (None, False, "payment:p-1:charge:1")


def test_a_customer_without_a_card_is_no_customer_of_the_provider(database: Database) -> None:
    cards = FakeCards()

    assert charge(database, cards, 1).waiting_since is not None

    assert cards.asked == []
    with database.read() as tx:
        assert customers.card_on_file(tx, "kermit").provider_customer is None


def test_a_retry_sends_the_same_request(database: Database) -> None:
    """Though the card was saved by another payment in between."""
    cards = FakeCards()
    give(database, cards, "pm_saved")

    def lose_the_answer(request: ChargeRequest) -> Charged | Declined:
        cards.answer = good_or_bad_card
        charge(database, cards, 1)
        raise ProviderUnavailableError(request.key)

    cards.answer = lose_the_answer
    with pytest.raises(ProviderUnavailableError):
        charge(database, cards, 2, 2)
    charge(database, cards, 2, 2)

    first, _, again = cards.asked
    assert first == again
    assert again.on_session


def test_a_customer_deleted_at_the_provider_is_replaced_and_their_cards_are_lost(
    database: Database,
) -> None:
    cards = FakeCards()
    give(database, cards, "pm_saved")
    assert charge(database, cards, 1).charged
    cards.delete_customer("cus_kermit")

    lost = charge(database, cards, 2)
    assert lost.waiting_since
    assert lost.failure
    assert (lost.refused, lost.failure.code) == (False, SPENT.code)
    assert charge(database, cards, 2, 2, "pm_new").charged
    give(database, cards, "pm_other")
    assert charge(database, cards, 3).charged

    asked = [(each.key, each.customer) for each in cards.asked[1:]]
    assert asked == [
        ("payment:p-2:charge:1", "cus_kermit"),
        ("payment:p-2:charge:1:2", "cus_kermit_again"),
        ("payment:p-2:charge:2", "cus_kermit_again"),
        ("payment:p-3:charge:1", "cus_kermit_again"),
    ]


def test_a_customer_that_is_deleted_again_and_again_is_not_chased(database: Database) -> None:
    """The charge is parked after one replacement, and requested again later."""
    cards = FakeCards()
    give(database, cards, "pm_saved")
    cards.deleted |= {"cus_kermit", "cus_kermit_again"}

    assert charge(database, cards, 1).refused
    assert [asked.customer for asked in cards.asked] == ["cus_kermit", "cus_kermit_again"]
    assert charge(database, cards, 1).charged


def test_orders_at_the_same_time_replace_a_deleted_customer_once(database: Database) -> None:
    cards = FakeCards()
    give(database, cards, "pm_saved")
    assert charge(database, cards, 1).charged
    cards.delete_customer("cus_kermit")

    def pay(number: int) -> ChargeCardResult:
        return charge(database, cards, number, payment_method=f"pm_new_{number}")

    with ThreadPoolExecutor(ORDERS) as executor:
        results = list(executor.map(pay, range(2, ORDERS + 1)))

    assert all(result.charged for result in results)
    assert {asked.customer for asked in cards.asked} == {"cus_kermit", "cus_kermit_again"}
