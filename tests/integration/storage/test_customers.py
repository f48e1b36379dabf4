"""Customers, their accounts and their cards."""

import pytest
from sqlalchemy import select

from domain.customer import Card
from domain.errors import ConflictError, NotFoundError
from storage import customers, ledger, tables
from storage.database import Database
from tests.support.examples import EUR, NOON, add_customer, later
from tests.support.races import Effect, overlapping

VISA = Card(brand="visa", last4="4242", exp_month=12, exp_year=2030)


@pytest.fixture
def kermit(database: Database) -> Database:
    """Kermit is there, his account empty."""
    with database.write() as tx:
        add_customer(tx)
    return database


def create(name: str = "Kermit", email: str = "kermit@example.com") -> Effect[bool]:
    """Somebody creates the customer `kermit`."""
    return lambda tx: customers.create(tx, "kermit", name, email, EUR)


def balance(database: Database) -> int:
    """What Kermit holds."""
    with database.read() as tx:
        assert ledger.total(tx) == 0
        return customers.find(tx, "kermit").balance


def test_a_new_customer_has_an_empty_account_and_no_card(database: Database) -> None:
    with database.write() as tx:
        assert create()(tx)
    with database.read() as tx:
        found = customers.find(tx, "kermit")
        assert customers.payment_method(tx, "kermit") is None
    assert (found.name, found.email, found.balance, found.currency, found.card) == (
        "Kermit",
        "kermit@example.com",
        0,
        EUR,
        None,
    )


def test_the_same_customer_again_changes_nothing(kermit: Database) -> None:
    with kermit.read() as tx:
        before = tx.execute(select(tables.customers)).all()
    with kermit.write() as tx:
        assert not create()(tx)
    with kermit.read() as tx:
        assert tx.execute(select(tables.customers)).all() == before


@pytest.mark.parametrize("other", [create(name="Fozzie"), create(email="fozzie@example.com")])
def test_an_id_belongs_to_one_customer(kermit: Database, other: Effect[bool]) -> None:
    with kermit.write() as tx, pytest.raises(ConflictError, match="kermit"):
        other(tx)


def test_of_two_equal_customers_at_once_one_is_new(database: Database) -> None:
    assert overlapping(database, create()) == (True, False)


def test_of_two_customers_wanting_an_id_at_once_one_gets_it(database: Database) -> None:
    with pytest.raises(ConflictError):
        overlapping(database, create(), create(name="Fozzie"))
    with database.read() as tx:
        assert customers.find(tx, "kermit").name == "Kermit"


def test_a_credit_is_given_once_per_reference(kermit: Database) -> None:
    for expected in (True, False):
        with kermit.write() as tx:
            assert customers.credit(tx, "kermit", 3000, "gift-1") is expected
    assert balance(kermit) == 3000
    with kermit.write() as tx:
        assert customers.credit(tx, "kermit", 3000, "gift-2")
    assert balance(kermit) == 6000


def test_a_reference_stands_for_one_amount(kermit: Database) -> None:
    with kermit.write() as tx:
        customers.credit(tx, "kermit", 3000, "gift-1")
    with kermit.write() as tx, pytest.raises(ConflictError, match="3000 cents, not 4000"):
        customers.credit(tx, "kermit", 4000, "gift-1")
    assert balance(kermit) == 3000


def test_of_two_equal_credits_at_once_one_is_given(kermit: Database) -> None:
    done = overlapping(kermit, lambda tx: customers.credit(tx, "kermit", 3000, "gift-1"))
    assert done == (True, False)
    assert balance(kermit) == 3000


def test_the_newest_card_is_kept_whichever_comes_last(kermit: Database) -> None:
    newer = VISA.model_copy(update={"last4": "1881"})
    given = ((0, "pm_1", VISA), (2, "pm_2", newer), (1, "pm_late", VISA))
    for minute, token, card in given:
        with kermit.write() as tx:
            customers.set_card(tx, "kermit", token, card, later(minutes=minute))
    with kermit.read() as tx:
        assert customers.payment_method(tx, "kermit") == "pm_2"
        assert customers.find(tx, "kermit").card == newer


@pytest.mark.parametrize(
    "effect",
    [
        lambda tx: customers.find(tx, "nobody"),
        lambda tx: customers.credit(tx, "nobody", 1, "gift"),
        lambda tx: customers.set_card(tx, "nobody", "pm_1", VISA, NOON),
    ],
)
def test_who_is_not_there_is_not_found(database: Database, effect: Effect[object]) -> None:
    with pytest.raises(NotFoundError) as missing, database.write() as tx:
        effect(tx)
    assert (missing.value.kind, missing.value.id) == ("customer", "nobody")
