"""Why cards are declined, and whether a declined card may be tried again.

- Stripe's decline codes, and what its users are to do and to say about each, also that the reasons
  lost, stolen and fraud are shown as a generic decline: https://docs.stripe.com/declines/codes
- What the issuer advises (`advice_code`):
  https://docs.stripe.com/declines/card#retrying-issuer-declines
- The limits of the card networks, see `RETRY_LIMITS`.

An error's code stands for the decline code where there is none, e.g. `expired_card`.
"""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import NamedTuple

CARD_DECLINED = "card_declined"
GENERIC_DECLINE = "generic_decline"
NO_CARD = "no_card"
"""A code of ours: the customer has given no card."""
RETRY_LIMIT = "retry_limit"
"""A decline code of ours: the card's network allows no further attempt for now."""


AUTHENTICATION_CODES = frozenset(
    {"authentication_required", "payment_intent_authentication_failure"}
)
"""The customer can still authenticate the charge (3-D Secure).

Source: https://docs.stripe.com/payments/save-during-payment#handle-declines
"""


class Advice(StrEnum):
    """Stripe's advice codes."""

    DO_NOT_TRY_AGAIN = "do_not_try_again"
    TRY_AGAIN_LATER = "try_again_later"
    CONFIRM_CARD_DATA = "confirm_card_data"


class Retry(StrEnum):
    """Whether the same card may be charged again."""

    NEVER = "never"
    """A hard decline: the card will not pay, whoever charges it."""
    LATER = "later"
    """Waiting alone may help."""
    BY_CUSTOMER = "by_customer"
    """Only if the customer does something first: authenticates, asks the bank, corrects data."""


class Reason(NamedTuple):
    """A sentence for the customer, and whether the card may be charged again.

    Of a confidential reason customers see no more than that the card was declined.
    """

    sentence: str
    retry: Retry = Retry.BY_CUSTOMER
    is_confidential: bool = False


_DECLINED = "Your card was declined."
_ASK_THE_BANK = "Your bank declined your card; it can tell you why."
_BLOCKED = "Your bank does not allow payments with this card; it can tell you why."
_REVOKED = "Your bank no longer allows us to charge this card."
_NO_FUNDS = "Your card has insufficient funds."
_LIMIT = "Your card has reached a limit that your bank sets."
_WRONG_NUMBER = "Your card's number is incorrect."
_WRONG_CODE = "Your card's security code is incorrect."
_WRONG_DATE = "Your card's expiry date is incorrect."
_WRONG_ADDRESS = "The billing address is not the one that your bank knows."
_INVALID = "Your card is not valid; your bank can tell you why."
_UNAVAILABLE = "Your bank could not be reached."
_ERROR = "Your card could not be processed."
_AUTHENTICATE = "Your bank requires you to authenticate this payment."
_PIN = "Your card requires a PIN."

REASONS: Mapping[str, Reason] = {
    # Stripe's. A wrong expiry date, or a card that has expired, is not hard: the card that replaces
    # it may have the same number, and thereby the same fingerprint.
    "approve_with_id": Reason(_ASK_THE_BANK, Retry.LATER),
    "authentication_not_handled": Reason(_AUTHENTICATE),
    "authentication_required": Reason(_AUTHENTICATE),
    "call_issuer": Reason(_ASK_THE_BANK),
    "card_not_supported": Reason("Your card does not support this kind of payment."),
    "card_velocity_exceeded": Reason(_LIMIT, Retry.LATER),
    "currency_not_supported": Reason("Your card does not support this currency."),
    "do_not_honor": Reason(_ASK_THE_BANK),
    "do_not_try_again": Reason(_ASK_THE_BANK, Retry.NEVER),
    "duplicate_transaction": Reason("A payment of the same amount was made only just now."),
    "expired_card": Reason("Your card has expired."),
    "fraudulent": Reason(_DECLINED, Retry.NEVER, is_confidential=True),
    GENERIC_DECLINE: Reason(_DECLINED),
    "incorrect_address": Reason(_WRONG_ADDRESS),
    "incorrect_cvc": Reason(_WRONG_CODE),
    "incorrect_number": Reason(_WRONG_NUMBER, Retry.NEVER),
    "incorrect_pin": Reason("The PIN is incorrect."),
    "incorrect_zip": Reason(_WRONG_ADDRESS),
    "insufficient_funds": Reason(_NO_FUNDS, Retry.LATER),
    "invalid_account": Reason(_INVALID),
    "invalid_amount": Reason("Your bank does not allow a payment of this amount."),
    "invalid_cvc": Reason(_WRONG_CODE),
    "invalid_expiry_month": Reason(_WRONG_DATE),
    "invalid_expiry_year": Reason(_WRONG_DATE),
    "invalid_number": Reason(_WRONG_NUMBER, Retry.NEVER),
    "invalid_pin": Reason("The PIN is incorrect."),
    "issuer_not_available": Reason(_UNAVAILABLE, Retry.LATER),
    "lost_card": Reason(_DECLINED, Retry.NEVER, is_confidential=True),
    # Our own block list at Stripe: no bank is asked, and an entry may be removed.
    "merchant_blacklist": Reason(_DECLINED, is_confidential=True),
    "mobile_device_authentication_required": Reason(_AUTHENTICATE),
    "new_account_information_available": Reason(_INVALID),
    "no_action_taken": Reason(_ASK_THE_BANK),
    "not_permitted": Reason(_ASK_THE_BANK),
    "offline_pin_required": Reason(_PIN),
    "online_or_offline_pin_required": Reason(_PIN),
    "pickup_card": Reason(_BLOCKED, Retry.NEVER),
    "pin_try_exceeded": Reason("A wrong PIN was given too often."),
    "processing_error": Reason(_ERROR, Retry.LATER),
    "reenter_transaction": Reason(_ERROR, Retry.LATER),
    "restricted_card": Reason(_BLOCKED, Retry.NEVER),
    "revocation_of_all_authorizations": Reason(_REVOKED, Retry.NEVER),
    "revocation_of_authorization": Reason(_REVOKED, Retry.NEVER),
    "security_violation": Reason(_ASK_THE_BANK),
    "service_not_allowed": Reason(_ASK_THE_BANK),
    "stolen_card": Reason(_DECLINED, Retry.NEVER, is_confidential=True),
    "stop_payment_order": Reason(_REVOKED, Retry.NEVER),
    "testmode_decline": Reason("This is a test card, which can't pay."),
    "transaction_not_allowed": Reason(_ASK_THE_BANK),
    "try_again_later": Reason(_ASK_THE_BANK, Retry.LATER),
    "withdrawal_count_limit_exceeded": Reason(_LIMIT, Retry.LATER),
    # An error code without a decline code (https://docs.stripe.com/error-codes).
    "payment_intent_authentication_failure": Reason("The payment was not authenticated."),
    # Ours.
    NO_CARD: Reason("The customer has given no card."),
    RETRY_LIMIT: Reason(
        "This card was not charged: it was declined too often lately, and its network allows no "
        "further attempt for some days.",
        Retry.LATER,
    ),
}
"""By decline code, or by error code."""

HARD_CODES = frozenset(code for code, reason in REASONS.items() if reason.retry is Retry.NEVER)
"""The codes after which a card is never charged again; see `is_hard` for the issuer's advice."""

Limits = Mapping[str, tuple[tuple[timedelta, int], ...]]
"""By brand of the card: how many declines of one card are allowed in which period."""

RETRY_LIMITS: Limits = {
    "visa": ((timedelta(days=30), 15),),
    "mastercard": ((timedelta(hours=24), 10), (timedelta(days=30), 35)),
}
"""Networks charge a fee for each further attempt with the card, and may exclude a merchant.

Source: https://support.checkout.com/hc/en-us/articles/25482040901394 (both; Visa allows 20 since
May 2025, the stricter former limit is kept here) and
https://docs.dintero.com/docs/checkout/tokenization-error-handling (Visa; Mastercard's 24 hours).
"""

OTHER_NETWORKS = RETRY_LIMITS["visa"]
"""For cards of other networks, and of unknown ones."""


def sentence(code: str, decline_code: str | None, otherwise: str = "") -> str:
    """Why the card was declined, in words for the customer; `otherwise` for an unknown code."""
    found = _find(code, decline_code)
    return found.sentence if found else otherwise or _DECLINED


def public_code(decline_code: str | None) -> str | None:
    """The decline code as customers may see it."""
    found = REASONS.get(decline_code) if decline_code else None
    return GENERIC_DECLINE if found and found.is_confidential else decline_code


def is_hard(code: str, decline_code: str | None, advice_code: str | None) -> bool:
    """Whether the card must never be charged again, for any payment of any customer."""
    return advice_code == Advice.DO_NOT_TRY_AGAIN or _retry(code, decline_code) is Retry.NEVER


def may_be_tried_again(code: str, decline_code: str | None, advice_code: str | None) -> bool:
    """Whether the same card may pay later, although the customer does nothing.

    Whatever the issuer advises, a card whose customer has to authenticate needs the customer.
    """
    if is_hard(code, decline_code, advice_code) or {code, decline_code} & AUTHENTICATION_CODES:
        return False
    match advice_code:
        case Advice.TRY_AGAIN_LATER:
            return True
        case Advice.CONFIRM_CARD_DATA:
            return False
        case _:
            return _retry(code, decline_code) is Retry.LATER


def _retry(code: str, decline_code: str | None) -> Retry:
    found = _find(code, decline_code)
    return found.retry if found else Retry.BY_CUSTOMER


def _find(code: str, decline_code: str | None) -> Reason | None:
    return REASONS.get(decline_code or code) or REASONS.get(code)
