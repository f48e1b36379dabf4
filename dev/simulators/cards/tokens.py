"""Stripe's test tokens: https://docs.stripe.com/testing#cards."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Decline:
    """Why a card is declined; the message may be shown to the customer."""

    code: str
    decline_code: str
    message: str


@dataclass(frozen=True)
class TestCard:
    """The card that a token stands for."""

    brand: str
    last4: str
    decline: Decline | None = None


def _declined(decline_code: str, message: str = "Your card was declined.") -> Decline:
    return Decline("card_declined", decline_code, message)


CARDS = {
    "pm_card_visa": TestCard("visa", "4242"),
    "pm_card_mastercard": TestCard("mastercard", "4444"),
    "pm_card_amex": TestCard("amex", "0005"),
    "pm_card_chargeDeclined": TestCard("visa", "0002", _declined("generic_decline")),
    "pm_card_chargeDeclinedInsufficientFunds": TestCard(
        "visa", "9995", _declined("insufficient_funds", "Your card has insufficient funds.")
    ),
    "pm_card_chargeDeclinedLostCard": TestCard("visa", "9987", _declined("lost_card")),
    "pm_card_chargeDeclinedStolenCard": TestCard("visa", "9979", _declined("stolen_card")),
    "pm_card_chargeDeclinedExpiredCard": TestCard(
        "visa", "0069", Decline("expired_card", "expired_card", "Your card has expired.")
    ),
    "pm_card_chargeDeclinedIncorrectCvc": TestCard(
        "visa",
        "0127",
        Decline("incorrect_cvc", "incorrect_cvc", "Your card's security code is incorrect."),
    ),
    "pm_card_chargeDeclinedProcessingError": TestCard(
        "visa",
        "0119",
        Decline(
            "processing_error",
            "processing_error",
            "An error occurred while processing your card. Try again in a little bit.",
        ),
    ),
    "pm_card_authenticationRequired": TestCard(
        "visa",
        "3184",
        Decline(
            "authentication_required",
            "authentication_required",
            "Your card was declined. This transaction requires authentication.",
        ),
    ),
}


AUTHENTICATION_FAILED = Decline(
    "payment_intent_authentication_failure",
    "authentication_not_handled",
    "We are unable to authenticate your payment method. Please choose a different payment method "
    "and try again.",
)
BANK_DECLINED = _declined("generic_decline")


def payment_method(token: str) -> dict[str, Any]:
    """The PaymentMethod of a known token, as Stripe's API shows it."""
    card = CARDS[token]
    empty = {"city": None, "country": None, "line1": None, "line2": None}
    return {
        "id": token,
        "object": "payment_method",
        "allow_redisplay": "unspecified",
        "billing_details": {
            "address": {**empty, "postal_code": None, "state": None},
            "email": None,
            "name": None,
            "phone": None,
            "tax_id": None,
        },
        "card": {
            "brand": card.brand,
            "checks": {
                "address_line1_check": None,
                "address_postal_code_check": None,
                "cvc_check": "unchecked",
            },
            "country": "US",
            "display_brand": card.brand,
            "exp_month": 12,
            "exp_year": 2030,
            "fingerprint": f"simulated{card.last4}",
            "funding": "credit",
            "generated_from": None,
            "last4": card.last4,
            "networks": {"available": [card.brand], "preferred": None},
            "regulated_status": "unregulated",
            "three_d_secure_usage": {"supported": True},
            "wallet": None,
        },
        "created": 1700000000,
        "customer": None,
        "customer_account": None,
        "livemode": False,
        "metadata": {},
        "type": "card",
    }
