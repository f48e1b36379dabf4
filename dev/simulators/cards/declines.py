"""Why charges are declined: https://docs.stripe.com/declines/codes.

Stripe documents neither which advice nor which network code comes with which test card. Here,
network codes are those of ISO 8583 as card networks use them, and the advice is that of
https://docs.stripe.com/declines/card#retrying-issuer-declines for the meaning of the code.
"""

from dataclasses import dataclass
from typing import Literal

Advice = Literal["confirm_card_data", "do_not_try_again", "try_again_later"]

_NETWORK_ADVICE = {"confirm_card_data": "01", "try_again_later": "02", "do_not_try_again": "03"}


@dataclass(frozen=True)
class Decline:
    """Why a card is declined; the message may be shown to the customer.

    `is_blocked`: the provider itself refused it as too risky, and asked no bank.
    """

    code: str
    decline_code: str | None
    message: str
    advice_code: Advice | None = None
    network_decline_code: str | None = None
    param: str | None = None
    is_blocked: bool = False
    type: str = "card_error"

    @property
    def network_advice_code(self) -> str | None:
        """Two digits of the card network; None if it gave no advice."""
        is_network = self.network_decline_code is not None and self.advice_code is not None
        return _NETWORK_ADVICE[self.advice_code or ""] if is_network else None

    @property
    def reason(self) -> str:
        """The reason in the outcome of a charge."""
        return self.decline_code or self.code


LATER, NEVER, CHECK = "try_again_later", "do_not_try_again", "confirm_card_data"

DECLINED = "Your card was declined."
UNSUPPORTED = "Your card does not support this type of purchase."

_BANKS: dict[str, tuple[Advice | None, str, str]] = {
    "generic_decline": (None, "01", DECLINED),
    "do_not_honor": (LATER, "05", DECLINED),
    "insufficient_funds": (LATER, "51", "Your card has insufficient funds."),
    "card_velocity_exceeded": (LATER, "65", DECLINED),
    "withdrawal_count_limit_exceeded": (LATER, "61", DECLINED),
    "try_again_later": (LATER, "91", DECLINED),
    "issuer_not_available": (LATER, "91", DECLINED),
    "reenter_transaction": (LATER, "19", DECLINED),
    "call_issuer": (None, "02", "Your card was declined. You can call your bank for details."),
    "lost_card": (NEVER, "41", DECLINED),
    "stolen_card": (NEVER, "43", DECLINED),
    "pickup_card": (NEVER, "04", DECLINED),
    "restricted_card": (NEVER, "62", DECLINED),
    "invalid_account": (NEVER, "14", DECLINED),
    "transaction_not_allowed": (NEVER, "57", UNSUPPORTED),
    "card_not_supported": (NEVER, "57", UNSUPPORTED),
    "currency_not_supported": (NEVER, "12", UNSUPPORTED),
    "do_not_try_again": (NEVER, "05", DECLINED),
    "incorrect_number": (NEVER, "14", "Your card number is incorrect."),
    "invalid_number": (NEVER, "14", "Your card number is incorrect."),
    "stop_payment_order": (NEVER, "R0", DECLINED),
    "revocation_of_authorization": (NEVER, "R1", DECLINED),
    "revocation_of_all_authorizations": (NEVER, "R3", DECLINED),
    "new_account_information_available": (CHECK, "05", DECLINED),
    **dict.fromkeys(
        (
            "approve_with_id",
            "authentication_not_handled",
            "duplicate_transaction",
            "incorrect_address",
            "incorrect_pin",
            "incorrect_zip",
            "invalid_amount",
            "invalid_cvc",
            "invalid_expiry_month",
            "invalid_expiry_year",
            "invalid_pin",
            "merchant_blacklist",
            "mobile_device_authentication_required",
            "no_action_taken",
            "not_permitted",
            "offline_pin_required",
            "online_or_offline_pin_required",
            "pin_try_exceeded",
            "security_violation",
            "service_not_allowed",
            "testmode_decline",
        ),
        (None, "05", DECLINED),
    ),
}

DECLINES: dict[str, Decline] = {
    **{
        code: Decline("card_declined", code, message, advice, network)
        for code, (advice, network, message) in _BANKS.items()
    },
    "fraudulent": Decline("card_declined", "fraudulent", DECLINED, NEVER, is_blocked=True),
    # https://docs.stripe.com/testing#declined-payments: these come without a decline code.
    "expired_card": Decline(
        "expired_card", None, "Your card has expired.", CHECK, "54", "exp_month"
    ),
    "incorrect_cvc": Decline(
        "incorrect_cvc", None, "Your card's security code is incorrect.", CHECK, "N7", "cvc"
    ),
    "processing_error": Decline(
        "processing_error",
        None,
        "An error occurred while processing your card. Try again in a little bit.",
        LATER,
        "96",
    ),
    "authentication_required": Decline(
        "authentication_required",
        "authentication_required",
        "Your card was declined. This transaction requires authentication.",
    ),
}
"""By decline code, or by error code where there is none."""

AUTHENTICATION_FAILED = Decline(
    "payment_intent_authentication_failure",
    None,
    "The provided PaymentMethod has failed authentication. You can provide payment_method_data or a"
    " new PaymentMethod to attempt to fulfill this PaymentIntent again.",
    type="invalid_request_error",
)
