"""Customers and their PaymentMethods."""

import json
import time
from collections.abc import Mapping
from sqlite3 import Row

from dev.simulators.cards.store.ids import new_id
from dev.simulators.cards.store.state import State, with_metadata
from dev.simulators.cards.store.stored_objects import Customer, Filter, PaymentMethod

_ALL = 1_000_000


class Wallets:
    """Reads and writes; the caller owns the transaction."""

    def __init__(self, state: State) -> None:
        """They are in the same database."""
        self._state = state
        self._database = state.database

    def add_customer(
        self,
        email: str | None,
        name: str | None,
        description: str | None,
        metadata: Mapping[str, str],
    ) -> Customer:
        """Stores a new customer."""
        id = new_id("cus")
        self._database.execute(
            "INSERT INTO customers (id, created, email, name, description, metadata)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            id,
            int(time.time()),
            email,
            name,
            description,
            json.dumps(dict(metadata)),
        )
        return self._customer(id)

    def change_customer(
        self, customer: Customer, fields: Mapping[str, str | None], metadata: Mapping[str, str]
    ) -> Customer:
        """Replaces `email`, `name` and `description` if given; an empty metadatum is removed."""
        merged = {key: value for key, value in {**customer.metadata, **metadata}.items() if value}
        self._database.execute(
            "UPDATE customers SET email = ?, name = ?, description = ?, metadata = ? WHERE id = ?",
            fields.get("email", customer.email),
            fields.get("name", customer.name),
            fields.get("description", customer.description),
            json.dumps(merged),
            customer.id,
        )
        return self._customer(customer.id)

    def delete_customer(self, customer: Customer) -> None:
        """For good: their cards can never be used again, and new ones can't be saved for them."""
        for method in self.methods(Filter("customer = ?", [customer.id]), limit=_ALL):
            self.detach(method)
        self._database.execute("INSERT INTO deleted_customers (id) VALUES (?)", customer.id)

    def is_deleted(self, id: str) -> bool:
        """Whether there was a customer with this id."""
        is_it = Filter("id = ? AND id IN (SELECT id FROM deleted_customers)", [id])
        return bool(self._state.rows("customers", [is_it], 1, oldest_first=False))

    def customer(self, id: str) -> Customer | None:
        """A customer by its id, unless it was deleted."""
        found = self.customers(Filter("id = ?", [id]), limit=1)
        return found[0] if found else None

    def customers(self, *filters: Filter, limit: int, oldest_first: bool = False) -> list[Customer]:
        """The customers that match all filters, without those that were deleted."""
        there = Filter("id NOT IN (SELECT id FROM deleted_customers)")
        rows = self._state.rows("customers", [there, *filters], limit, oldest_first=oldest_first)
        return [Customer(**with_metadata(row)) for row in rows]

    def add_method(self, token: str) -> PaymentMethod:
        """A new PaymentMethod of the card that a test token stands for."""
        id = new_id("pm")
        self._database.execute(
            "INSERT INTO payment_methods (id, created, token) VALUES (?, ?, ?)",
            id,
            int(time.time()),
            token,
        )
        return self.known_method(id)

    def spend(self, method: PaymentMethod) -> PaymentMethod:
        """It may not be used again unless it is attached."""
        return self._change(method, "spent = 1")

    def attach(self, method: PaymentMethod, customer: str, *, set_up: bool) -> PaymentMethod:
        """It can be used again and again with this customer; `set_up` by a payment."""
        return self._change(
            method, "customer = ?, spent = 0, set_up = max(set_up, ?)", customer, int(set_up)
        )

    def detach(self, method: PaymentMethod) -> PaymentMethod:
        """It can never be used again."""
        return self._change(method, "customer = NULL, spent = 1, set_up = 0")

    def decline_from_now_on(self, method: PaymentMethod, code: str | None) -> PaymentMethod:
        """The bank declines every further charge with this decline code; None: no longer."""
        return self._change(method, "declines = ?", code)

    def method(self, id: str) -> PaymentMethod | None:
        """A PaymentMethod by its id."""
        found = self.methods(Filter("id = ?", [id]), limit=1)
        return found[0] if found else None

    def known_method(self, id: str) -> PaymentMethod:
        """A PaymentMethod that exists."""
        found = self.method(id)
        if found is None:
            raise LookupError(id)
        return found

    def methods(
        self, *filters: Filter, limit: int, oldest_first: bool = False
    ) -> list[PaymentMethod]:
        """The PaymentMethods that match all filters."""
        rows = self._state.rows("payment_methods", filters, limit, oldest_first=oldest_first)
        return [_read_method(row) for row in rows]

    def _change(self, method: PaymentMethod, changes: str, *values: object) -> PaymentMethod:
        # `changes` is a literal of this class with placeholders.
        self._database.execute(
            f"UPDATE payment_methods SET {changes} WHERE id = ?",  # noqa: S608
            *values,
            method.id,
        )
        return self.known_method(method.id)

    def _customer(self, id: str) -> Customer:
        found = self.customer(id)
        if found is None:
            raise LookupError(id)
        return found


def _read_method(row: Row) -> PaymentMethod:
    fields = with_metadata(row)
    fields |= {name: bool(row[name]) for name in ("spent", "set_up")}
    return PaymentMethod(**fields)
