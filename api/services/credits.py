"""Credits to a customer's account."""

from sqlalchemy import Connection

from api.schemas.requests import NewCredit
from domain.customer import Customer
from domain.errors import ConflictError
from domain.money import MAX_CENTS
from storage import customers, ledger


def give(tx: Connection, customer_id: str, credit: NewCredit) -> tuple[Customer, bool]:
    """Credit the account; returns the customer, and whether their balance changed.

    Raises `NotFoundError`, and `ConflictError` if the reference was used for another amount or the
    balance would exceed its maximum.
    """
    given = customers.credit(tx, customer_id, credit.amount, credit.reference)
    if ledger.balance(tx, ledger.customer_account(customer_id)) > MAX_CENTS:
        message = f"A balance can't exceed {MAX_CENTS} cents."
        raise ConflictError(message)
    return customers.find(tx, customer_id), given
