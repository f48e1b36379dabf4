"""Customers and their cards."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, bindparam, or_, select, update

from domain.customer import Card, Customer
from domain.errors import ConflictError, NotFoundError
from storage import ledger, tables
from storage.insertion import insert_new
from storage.ledger import LedgerFaultError


class CardOnFile(NamedTuple):
    """A customer's card at the card provider; cards stored by older releases lack the fingerprint.

    `provider_customer` is the provider's id of the customer; None before their first charge. The
    `brand` names the card's network; None if the provider does not know the card.
    """

    payment_method: str | None
    fingerprint: str | None
    provider_customer: str | None
    brand: str | None


def create(tx: Connection, id: str, name: str, email: str, currency: str) -> bool:
    """Create a customer with an empty account; False if the same customer exists.

    Raises `ConflictError` if a customer with other data has this id.
    """
    customers = tables.customers
    if insert_new(tx, customers, {"id": id, "name": name, "email": email}):
        ledger.open_account(tx, ledger.customer_account(id), currency)
        return True
    known = tx.execute(
        select(customers.c.name, customers.c.email).where(customers.c.id == id)
    ).one()
    if (known.name, known.email) != (name, email):
        message = (
            f"The customer id {id!r} belongs to a customer with other data; choose another id."
        )
        raise ConflictError(message)
    return False


_ALL = select(
    tables.customers.c.id,
    tables.customers.c.name,
    tables.customers.c.email,
    tables.customers.c.card,
    tables.accounts.c.balance,
    tables.accounts.c.currency,
).join(tables.accounts, tables.accounts.c.id == "customer:" + tables.customers.c.id)
_BY_ID = _ALL.where(tables.customers.c.id == bindparam("id"))


def find(tx: Connection, id: str, owner: str | None = None) -> Customer:
    """The customer with their balance and card; raises `NotFoundError`.

    With an `owner`, raises it for all other customers too.
    """
    row = tx.execute(_BY_ID, {"id": id}).mappings().one_or_none()
    if row is None or owner not in {None, id}:
        raise NotFoundError("customer", id)
    return Customer.model_validate(row)


def find_all(tx: Connection, limit: int, after: str | None) -> list[Customer]:
    """At most `limit` customers by id, those after an id, with their balances and cards."""
    ids = tables.customers.c.id
    statement = _ALL if after is None else _ALL.where(ids > after)
    rows = tx.execute(statement.order_by(ids).limit(limit)).mappings()
    return [Customer.model_validate(row) for row in rows]


_LOCKED = (
    select(tables.customers.c.id)
    .where(tables.customers.c.id == bindparam("id"))
    .with_for_update(key_share=True)
)


def lock(tx: Connection, id: str) -> None:
    """Block other transactions that lock this customer, until this one ends.

    Rows that refer to the customer can still be inserted. Raises `NotFoundError`.
    """
    if tx.execute(_LOCKED, {"id": id}).first() is None:
        raise NotFoundError("customer", id)


def credit(tx: Connection, id: str, amount: int, reference: str) -> bool:
    """Credit the customer's account with `amount` cents; False if this reference was used before.

    Raises `NotFoundError`, and `ConflictError` if the reference was used for another amount.
    """
    customer = find(tx, id)
    account = ledger.customer_account(id)
    key = f"credit:{id}:{reference}"
    try:
        return ledger.transfer(
            tx,
            key,
            debit=ledger.GIFTS,
            credit=account,
            amount=amount,
            currency=customer.currency,
        )
    except LedgerFaultError as error:
        known = ledger.find_transfer(tx, key)
        if known in {None, amount}:
            raise
        message = (
            f"The reference {reference!r} was used for a credit of {known} cents, not {amount}; "
            "use a new reference for a new credit."
        )
        raise ConflictError(message) from error


_PAYMENT_METHOD = select(tables.customers.c.payment_method).where(
    tables.customers.c.id == bindparam("id")
)


def payment_method(tx: Connection, id: str) -> str | None:
    """The card provider's id of the customer's card; None without a card."""
    return tx.execute(_PAYMENT_METHOD, {"id": id}).scalar_one_or_none()


_CARD_ON_FILE = select(
    tables.customers.c.payment_method,
    tables.customers.c.fingerprint,
    tables.customers.c.provider_customer,
    tables.customers.c.card["brand"].as_string(),
).where(tables.customers.c.id == bindparam("id"))


def card_on_file(tx: Connection, id: str) -> CardOnFile:
    """The customer's card and their id at the card provider. Raises `NotFoundError`."""
    row = tx.execute(_CARD_ON_FILE, {"id": id}).one_or_none()
    if row is None:
        raise NotFoundError("customer", id)
    return CardOnFile(*row)


def keep_described(
    tx: Connection, id: str, payment_method: str, described: CardOnFile
) -> CardOnFile:
    """Store what the provider says of the card on file; return the card that is stored then.

    `payment_method` may be a test token, which stands for another id each time it is looked up.
    """
    customers = tables.customers
    tx.execute(
        update(customers)
        .where(customers.c.id == id, customers.c.payment_method == payment_method)
        .values(payment_method=described.payment_method, fingerprint=described.fingerprint)
    )
    return card_on_file(tx, id)


def keep_provider_customer(
    tx: Connection, id: str, provider_customer: str, deleted: str | None = None
) -> str:
    """Store the card provider's id of the customer, unless there is one; return the stored one.

    An id that the provider has `deleted` is replaced.
    """
    customers = tables.customers
    tx.execute(
        update(customers)
        .where(customers.c.id == id, customers.c.provider_customer.is_not_distinct_from(deleted))
        .values(provider_customer=provider_customer)
    )
    return card_on_file(tx, id).provider_customer or provider_customer


def keep_card(tx: Connection, id: str, given_at: datetime) -> None:
    """Keep the card on file, though a card given at `given_at` was refused; ignore older ones."""
    customers = tables.customers
    tx.execute(
        update(customers)
        .where(customers.c.id == id, _is_newest(given_at))
        .values(card_given_at=given_at)
    )


def set_card(  # noqa: PLR0913  a card is written at once
    tx: Connection,
    id: str,
    payment_method: str,
    card: Card,
    given_at: datetime,
    *,
    fingerprint: str | None = None,
) -> None:
    """Store the card, its payment method and its fingerprint, unless a newer card is stored.

    Raises `NotFoundError`.
    """
    customers = tables.customers
    find(tx, id)
    tx.execute(
        update(customers)
        .where(customers.c.id == id, _is_newest(given_at))
        .values(
            payment_method=payment_method,
            fingerprint=fingerprint,
            card=card.model_dump(),
            card_given_at=given_at,
        )
    )


def _is_newest(given_at: datetime) -> ColumnElement[bool]:
    known = tables.customers.c.card_given_at
    return or_(known.is_(None), known <= given_at)
