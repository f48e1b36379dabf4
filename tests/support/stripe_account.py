"""Stripe's API through its own SDK, as a shop with an account there uses it."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
import stripe

from tests.support.simulators import SECRET_KEY


class Account:
    """The account of the simulator at `url`; `api` is the SDK's client."""

    def __init__(self, url: str, key: str = SECRET_KEY, **options: Any) -> None:
        self.url = url
        self.api = stripe.StripeClient(
            key, base_addresses={"api": url}, max_network_retries=0, **options
        ).v1

    def customer(self) -> str:
        """The id of a new customer."""
        return self.api.customers.create().id

    def card(self, token: str = "pm_card_visa") -> str:
        """The id of a new PaymentMethod."""
        return self.api.payment_methods.retrieve(token).id

    def saved_card(self, customer: str, token: str = "pm_card_visa") -> str:
        """The id of a card that a payment saved for the customer."""
        intent = self.charge(token, customer=customer, setup_future_usage="off_session")
        if intent.status == "requires_action":
            self.switch(f"_customers/{intent.id}", authenticates=True)
        return str(intent.payment_method)

    def charge(
        self, card: str = "pm_card_visa", key: str | None = None, **changes: Any
    ) -> stripe.PaymentIntent:
        """A PaymentIntent of EUR 25.00 on session, unless changed."""
        params: Any = {
            "amount": 2500,
            "currency": "eur",
            "payment_method": card,
            "allowed_payment_method_types": ["card"],
            "confirm": True,
        } | changes
        return self.api.payment_intents.create(params, {"idempotency_key": key} if key else {})

    def charge_off_session(self, customer: str, card: str, **changes: Any) -> stripe.PaymentIntent:
        """Like `charge`, with a saved card and without its customer."""
        return self.charge(card, customer=customer, off_session=True, **changes)

    def intent(self, id: str) -> stripe.PaymentIntent:
        """The present state of a PaymentIntent."""
        return self.api.payment_intents.retrieve(id)

    def charge_of(self, intent: str) -> stripe.Charge:
        """The latest charge of a PaymentIntent."""
        found = self.api.payment_intents.retrieve(intent, {"expand": ["latest_charge"]})
        assert isinstance(found.latest_charge, stripe.Charge)
        return found.latest_charge

    def switch(self, path: str, **body: Any) -> dict[str, Any]:
        """Act for others: `dev.simulators.cards.third_parties`."""
        answer = httpx.post(f"{self.url}/{path}", json=body, trust_env=False, timeout=60)
        assert answer.is_success, answer.text
        return answer.json()


def refusal(request: Callable[[], object]) -> stripe.StripeError:
    """The error that answers the request."""
    with pytest.raises(stripe.StripeError) as refused:
        request()
    return refused.value


def facts(error: stripe.StripeError) -> tuple[int | None, str | None, str | None]:
    """HTTP status, code and parameter of a refusal; the SDK drops the code of a 429."""
    body: Any = error.json_body
    return error.http_status, body["error"].get("code"), body["error"].get("param")


def decline(error: stripe.StripeError) -> dict[str, Any]:
    """The error object of a declined charge."""
    assert isinstance(error, stripe.CardError)
    assert error.http_status == 402
    body: Any = error.json_body
    return body["error"]
