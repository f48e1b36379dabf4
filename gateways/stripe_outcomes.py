"""What Stripe's PaymentIntents and errors mean for a charge."""

from collections.abc import Iterable, Mapping
from typing import Any, cast

import stripe

from domain.declines import AUTHENTICATION_CODES
from gateways.cards import Charged, Declined, Outcome, Pending
from gateways.stripe_amounts import from_provider

_UNCHARGEABLE_AMOUNTS = {
    "amount_too_small": "This amount is too small to be charged to a card.",
    "amount_too_large": "This amount is too large to be charged to a card.",
}

_UNUSABLE = "Your card can't be charged any more. Please add another one."

UNUSABLE = Declined("payment_method_unusable", _UNUSABLE)
"""A card that no request can charge; Stripe has no code for most of the reasons."""


def outcome_of(intent: stripe.PaymentIntent) -> Outcome | None:
    """The outcome of a PaymentIntent; None if it has none: unconfirmed, or canceled without one."""
    match intent.status:
        case "succeeded":
            return charged(intent)
        case "processing":
            return Pending(intent.id)
        case "requires_action":
            return Declined(
                "authentication_required",
                "Your card was declined. This transaction requires authentication.",
                intent.id,
            )
        case "requires_payment_method" | "canceled":
            error = intent.last_payment_error
            facts: dict[str, Any] = error.to_dict() if error else {}
            if not facts.get("code"):
                return None
            return _declined(facts, intent.id if intent.status != "canceled" else None)
        case _:
            return None


def charged(intent: stripe.PaymentIntent) -> Charged:
    """What a PaymentIntent that succeeded has taken."""
    currency = intent.currency.upper()
    return Charged(intent.id, from_provider(intent.amount_received, currency), currency)


def declined(error: stripe.CardError) -> Declined:
    """The decline that an error response is."""
    body: Any = error.json_body  # the SDK has read the error from it
    facts = cast("dict[str, Any]", body["error"])
    intent: Any = facts.get("payment_intent") or {}
    return _declined(facts, intent.get("id"))


def refused(error: stripe.StripeError) -> Declined | None:
    """The decline that a refusal of this card or this amount means; None for other refusals."""
    if error.code in _UNCHARGEABLE_AMOUNTS:
        return Declined(error.code, _UNCHARGEABLE_AMOUNTS[error.code])
    if error.code == "resource_missing" and getattr(error, "param", None) == "payment_method":
        return Declined(error.code, _UNUSABLE)
    return None


def first_charged(outcomes: Iterable[Outcome | None]) -> Outcome | None:
    """The outcome that took money; else one that may; else any."""
    known = [outcome for outcome in outcomes if outcome]
    paid = [outcome for outcome in known if isinstance(outcome, Charged)]
    pending = [outcome for outcome in known if isinstance(outcome, Pending)]
    return next(iter(paid or pending or known), None)


def _declined(facts: Mapping[str, Any], intent: str | None) -> Declined:
    """`intent` stays open if its customer can still authenticate it."""
    code, decline_code = facts.get("code"), facts.get("decline_code")
    return Declined(
        code=code or "card_declined",
        message=facts.get("message") or "",
        open_id=intent if {code, decline_code} & AUTHENTICATION_CODES else None,
        decline_code=decline_code,
        advice_code=facts.get("advice_code"),
    )
