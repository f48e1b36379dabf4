"""Stripe's JSON objects, such as https://docs.stripe.com/api/payment_intents/object."""

from typing import Any

from dev.simulators.cards.errors import StripeError
from dev.simulators.cards.state import Intent, Refund
from dev.simulators.cards.tokens import payment_method


def payment_intent(intent: Intent) -> dict[str, Any]:
    """A PaymentIntent."""
    succeeded = intent.status == "succeeded"
    return {
        "id": intent.id,
        "object": "payment_intent",
        "allowed_payment_method_types": ["card"],
        "amount": intent.amount,
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": intent.amount if succeeded else 0,
        "application": None,
        "application_fee_amount": None,
        "automatic_payment_methods": None,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic_async",
        "client_secret": f"{intent.id}_secret_simulated",
        "confirmation_method": "automatic",
        "created": intent.created,
        "currency": intent.currency,
        "customer": None,
        "description": None,
        "last_payment_error": None if succeeded or not intent.failure else _decline(intent),
        "latest_charge": intent.charge,
        "livemode": False,
        "metadata": dict(intent.metadata),
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None if intent.failure and not succeeded else intent.payment_method,
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
        "payment_method_types": ["card"],
        "processing": None,
        "receipt_email": None,
        "review": None,
        "setup_future_usage": None,
        "shipping": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": intent.status,
        "transfer_data": None,
        "transfer_group": None,
    }


def refund(refund: Refund, intent: Intent) -> dict[str, Any]:
    """A Refund of a PaymentIntent's charge."""
    return {
        "id": refund.id,
        "object": "refund",
        "amount": refund.amount,
        "balance_transaction": None,
        "charge": intent.charge,
        "created": refund.created,
        "currency": intent.currency,
        "destination_details": {"card": {"type": "refund"}, "type": "card"},
        "metadata": dict(refund.metadata),
        "payment_intent": intent.id,
        "reason": refund.reason,
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    }


def charge(intent: Intent, refunded: int) -> dict[str, Any]:
    """The Charge of a PaymentIntent; `refunded` in minor units."""
    return {
        "id": intent.charge,
        "object": "charge",
        "amount": intent.amount,
        "amount_captured": intent.amount,
        "amount_refunded": refunded,
        "captured": True,
        "created": intent.created,
        "currency": intent.currency,
        "livemode": False,
        "metadata": dict(intent.metadata),
        "paid": True,
        "payment_intent": intent.id,
        "payment_method": intent.payment_method,
        "refunded": refunded == intent.amount,
        "status": "succeeded",
    }


def declined(intent: Intent) -> StripeError:
    """The answer to a charge that the card's bank declined: 402 with the PaymentIntent."""
    error = _decline(intent)
    message, type = error.pop("message"), error.pop("type")
    return StripeError(402, type, message, **error, payment_intent=payment_intent(intent))


def _decline(intent: Intent) -> dict[str, Any]:
    decline = intent.failure
    if decline is None:
        raise LookupError(intent.id)
    page = decline.code.replace("_", "-")
    return {
        "charge": intent.charge,
        "code": decline.code,
        "decline_code": decline.decline_code,
        "doc_url": f"https://stripe.com/docs/error-codes/{page}",
        "message": decline.message,
        "payment_method": payment_method(intent.payment_method),
        "type": "card_error",
    }
