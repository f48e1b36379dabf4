"""Search at the card provider, behind and loose; see `docs/stripe.md`."""

from collections.abc import Generator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.support import simulators
from tests.support.stripe_account import Account, facts, refusal


@pytest.fixture
def behind(account: Account) -> Generator[Account]:
    """Its search finds nothing of the last hour."""
    account.switch("_search", lag_seconds=3600)
    yield account
    account.switch("_search", lag_seconds=0)


def found(account: Account, query: str) -> list[str]:
    return [one.id for one in account.api.payment_intents.search({"query": query}).data]


def test_search_is_behind_and_listings_are_not(behind: Account) -> None:
    payment = str(uuid4())
    intent = behind.charge(metadata={"payment": payment}).id
    query = f"metadata['payment']:'{payment}'"
    assert found(behind, query) == []
    assert behind.intent(intent).id == intent
    assert behind.api.payment_intents.list({"limit": 1}).data[0].id == intent
    behind.switch("_search", lag_seconds=0)
    assert found(behind, query) == [intent]


def test_customers_are_searched_as_late(behind: Account) -> None:
    shop = str(uuid4())
    customer = behind.api.customers.create({"metadata": {"shop": shop}})
    query = {"query": f"metadata['shop']:'{shop}'"}
    assert behind.api.customers.search({"query": query["query"]}).data == []
    assert behind.api.customers.retrieve(customer.id).id == customer.id


def test_it_may_be_behind_from_the_beginning(tmp_path: Path) -> None:
    with simulators.cards(tmp_path / "state.db", "--search-lag", "3600") as simulator:
        account = Account(simulator.url)
        account.charge(metadata={"payment": "p"})
        assert found(account, "metadata['payment']:'p'") == []


@pytest.mark.parametrize("name", ["payment", "other"])
def test_case_does_not_count(account: Account, name: str) -> None:
    value = f"Payment-{uuid4()}"
    intent = account.charge(metadata={name: value}).id
    assert found(account, f"metadata['{name}']:'{value.lower()}'") == [intent]
    assert found(account, f"metadata['{name}']:'{value[:-1]}'") == []


@pytest.mark.parametrize("name", ["payment", "other"])
def test_parts_of_a_value_are_found(account: Account, name: str) -> None:
    part = uuid4().hex
    intent = account.charge(metadata={name: f"a{part}%b"}).id
    assert found(account, f"metadata['{name}']~'{part[4:]}'") == [intent]
    assert found(account, f"metadata['{name}']~'{part}_b'") == []
    short = refusal(lambda: found(account, f"metadata['{name}']~'ab'"))
    assert facts(short) == (400, None, "query")


def test_what_somebody_else_added_does_not_hide_an_intent(account: Account) -> None:
    payment = str(uuid4())
    intent = account.charge(metadata={"payment": payment, "attempt": "1"}).id
    account.switch(f"_metadata/{intent}", app="tax")
    [seen] = account.api.payment_intents.search(
        {"query": f"metadata['payment']:'{payment}' AND metadata['attempt']:'1'"}
    ).data
    assert seen.metadata.to_dict() == {"payment": payment, "attempt": "1", "app": "tax"}


def test_metadata_is_merged(account: Account) -> None:
    intent = account.charge(metadata={"payment": "p", "attempt": "1"}).id
    account.api.payment_intents.update(intent, {"metadata": {"app": "tax", "attempt": ""}})
    assert account.intent(intent).metadata.to_dict() == {"payment": "p", "app": "tax"}


def test_charges_of_a_customer_and_of_a_status_are_found(account: Account) -> None:
    customer = account.customer()
    intent = account.charge(customer=customer).id
    account.charge()
    assert found(account, f"customer:'{customer}' AND status:'succeeded'") == [intent]
    listed = account.api.payment_intents.list({"customer": customer}).data
    assert [one.id for one in listed] == [intent]
    assert facts(refusal(lambda: found(account, "email:'x'")))[:1] == (400,)
