"""The shop as the people of the story use it."""

from http import HTTPStatus
from typing import Any

from clients import calls
from clients.errors import RefusedError
from clients.rest import RestClient


class Shop:
    """A customer's and an operator's view of the system; amounts in cents.

    Raises `clients.errors.ApiError`.
    """

    def __init__(self, api: RestClient) -> None:
        self.api = api

    def create_customer(self, id: str, name: str) -> None:
        """Creates a customer without a balance or a card, unless there is one with this id."""
        try:
            self.api.send(calls.create_customer(id, name, f"{id}@example.com"))
        except RefusedError as error:
            if error.status != HTTPStatus.CONFLICT:
                raise

    def balance(self, customer: str) -> int:
        """The balance of the customer's account."""
        return int(self.api.send(calls.get_customer(customer))["balance"])

    def credit(self, customer: str, amount: int, reference: str) -> None:
        """Credits the customer's account, once per reference."""
        self.api.send(calls.credit_customer(customer, amount, reference))

    def update_card(self, customer: str, card: str) -> None:
        """Sets the card, by the provider's token, of a customer and their waiting payments."""
        self.api.send(calls.update_customer_card(customer, card))

    def stock_up(self, sku: str, name: str, price: int, *, at_least: int, to: int) -> None:
        """Creates the product, or refills its stock if fewer than `at_least` pieces are left."""
        try:
            enough = self.stock(sku) >= at_least
        except RefusedError as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise
            enough = False
        if not enough:
            self.api.send(calls.put_product(sku, name, price, to))

    def stock(self, sku: str) -> int:
        """How many pieces can be sold."""
        return int(self.api.send(calls.get_product(sku))["stock"])

    def place_order(self, customer: str, sku: str) -> str:
        """Orders one piece; the order's id, which is its payment's id too."""
        return str(self.api.send(calls.place_order(customer, [(sku, 1)]))["id"])

    def request_payment(self, customer: str, amount: int, reference: str) -> str:
        """Requests a payment without an order; the payment's id."""
        return str(self.api.send(calls.request_payment(customer, amount, reference))["id"])

    def order(self, id: str) -> dict[str, Any]:
        """The order as the API shows it."""
        return self.api.send(calls.get_order(id))

    def payment(self, id: str) -> dict[str, Any]:
        """The payment as the API shows it."""
        return self.api.send(calls.get_payment(id))

    def fast_forward(self, payment: str, days: float) -> None:
        """Advances the payment's clock; returns when everything that fell due is done."""
        self.api.send(calls.fast_forward(payment, days))
