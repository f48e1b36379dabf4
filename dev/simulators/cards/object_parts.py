"""Parts of Stripe's JSON objects: cards, and how banks answered."""

from typing import Any

from dev.simulators.cards.declines import Decline
from dev.simulators.cards.store.stored_objects import PaymentMethod
from dev.simulators.cards.tokens import CARDS


def card(method: PaymentMethod) -> dict[str, Any]:
    """The `card` of a PaymentMethod, and of a charge's `payment_method_details`."""
    shown = CARDS[method.token]
    return {
        "brand": shown.brand,
        "checks": {
            "address_line1_check": None,
            "address_postal_code_check": None,
            "cvc_check": "unchecked",
        },
        "country": "US",
        "display_brand": shown.brand,
        "exp_month": 12,
        "exp_year": 2030,
        "fingerprint": shown.fingerprint,
        "funding": "credit",
        "generated_from": None,
        "last4": shown.last4,
        "networks": {"available": [shown.brand], "preferred": None},
        "regulated_status": "unregulated",
        "three_d_secure_usage": {"supported": True},
        "wallet": None,
    }


def outcome(failure: Decline | None) -> dict[str, Any]:
    """Of a charge: https://docs.stripe.com/api/charges/object#charge_object-outcome."""
    if failure is None:
        network, message, type = "approved_by_network", "Payment complete.", "authorized"
    elif failure.is_blocked:
        message = "Stripe blocked this payment as too risky."
        network, type = "not_sent_to_network", "blocked"
    else:
        message = f"The bank returned the decline code `{failure.reason}`."
        network, type = "declined_by_network", "issuer_declined"
    risk = "highest" if failure and failure.is_blocked else "normal"
    reason = failure.reason if failure else None
    return {
        "advice_code": failure.advice_code if failure else None,
        "network_advice_code": failure.network_advice_code if failure else None,
        "network_decline_code": failure.network_decline_code if failure else None,
        "network_status": network,
        "reason": "highest_risk_level" if risk == "highest" else reason,
        "risk_level": risk,
        "seller_message": message,
        "type": type,
    }
