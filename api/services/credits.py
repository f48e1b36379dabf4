"""Giving a customer money on their account."""

from sqlalchemy import Connection

from api.schemas.requests import NewCredit
from domain.customer import Customer
from domain.errors import ConflictError
from domain.money import MAX_CENTS
from storage import customers, ledger


def give(tx: Connection, customer_id: str, credit: NewCredit) -> tuple[Customer, bool]:
    """The customer, and whether this request changed their balance.

    Raises `NotFoundError`, and `ConflictError` if the reference stands for another amount or the
    account would hold more than it can.
    """
    given = customers.credit(tx, customer_id, credit.amount, credit.reference)
    if ledger.balance(tx, ledger.customer_account(customer_id)) > MAX_CENTS:
        message = f"An account can't hold more than {MAX_CENTS} cents."
        raise ConflictError(message)
    return customers.find(tx, customer_id), given
