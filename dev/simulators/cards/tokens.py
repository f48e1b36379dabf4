"""Stripe's test tokens: https://docs.stripe.com/testing.

Names without `visa_`, such as `pm_card_chargeDeclined`, are older ones of the same cards.
"""

from dataclasses import dataclass
from enum import Enum, auto

from dev.simulators.cards.declines import DECLINES, Decline


class Authentication(Enum):
    """When a card requires the customer to authenticate (3-D Secure)."""

    NEVER = auto()
    ALWAYS = auto()
    UNLESS_SET_UP = auto()
    """Always on session; off session unless a payment saved the card."""
    ON_SESSION = auto()


@dataclass(frozen=True)
class TestCard:
    """The card that a token stands for.

    `decline` holds after authentication, too. `attaches`: a declining card that can be attached.
    `refund_status` is that of a new refund. `dispute` is the status of the dispute that follows a
    charge, with `reason`; `warns`: an early fraud warning follows.
    """

    brand: str
    last4: str
    decline: Decline | None = None
    authentication: Authentication = Authentication.NEVER
    attaches: bool = True
    refund_status: str = "succeeded"
    dispute: str | None = None
    reason: str = "fraudulent"
    warns: bool = False

    @property
    def fingerprint(self) -> str:
        """The same for every PaymentMethod of this card."""
        return f"{self.brand}{self.last4}simulated"


def _declined(last4: str, code: str) -> TestCard:
    return TestCard("visa", last4, DECLINES[code], attaches=False)


_DECLINED = {
    "chargeDeclined": _declined("0002", "generic_decline"),
    "chargeDeclinedInsufficientFunds": _declined("9995", "insufficient_funds"),
    "chargeDeclinedLostCard": _declined("9987", "lost_card"),
    "chargeDeclinedStolenCard": _declined("9979", "stolen_card"),
    "chargeDeclinedExpiredCard": _declined("0069", "expired_card"),
    "chargeDeclinedIncorrectCvc": _declined("0127", "incorrect_cvc"),
    "chargeDeclinedProcessingError": _declined("0119", "processing_error"),
    "chargeDeclinedVelocityLimitExceeded": _declined("6975", "card_velocity_exceeded"),
    "chargeDeclinedFraudulent": _declined("0019", "fraudulent"),
}

CARDS: dict[str, TestCard] = {
    "pm_card_visa": TestCard("visa", "4242"),
    "pm_card_visa_debit": TestCard("visa", "5556"),
    "pm_card_mastercard": TestCard("mastercard", "4444"),
    "pm_card_mastercard_debit": TestCard("mastercard", "8210"),
    "pm_card_mastercard_prepaid": TestCard("mastercard", "5100"),
    "pm_card_amex": TestCard("amex", "0005"),
    "pm_card_discover": TestCard("discover", "1117"),
    "pm_card_diners": TestCard("diners", "0004"),
    "pm_card_jcb": TestCard("jcb", "0505"),
    "pm_card_unionpay": TestCard("unionpay", "0005"),
    **{f"pm_card_{name}": card for name, card in _DECLINED.items()},
    **{f"pm_card_visa_{name}": card for name, card in _DECLINED.items()},
    "pm_card_radarBlock": _declined("0019", "fraudulent"),
    "pm_card_chargeCustomerFail": TestCard("visa", "0341", DECLINES["generic_decline"]),
    "pm_card_authenticationRequired": TestCard(
        "visa", "3184", authentication=Authentication.ALWAYS
    ),
    "pm_card_authenticationRequiredOnSetup": TestCard(
        "visa", "3155", authentication=Authentication.UNLESS_SET_UP
    ),
    "pm_card_authenticationRequiredSetupForOffSession": TestCard(
        "visa", "0446", authentication=Authentication.ON_SESSION
    ),
    "pm_card_authenticationRequiredChargeDeclinedInsufficientFunds": TestCard(
        "visa", "3178", DECLINES["insufficient_funds"], Authentication.ON_SESSION
    ),
    "pm_card_threeDSecure2Required": TestCard("visa", "3220", authentication=Authentication.ALWAYS),
    "pm_card_threeDSecureRequiredChargeDeclined": TestCard(
        "visa", "1629", DECLINES["generic_decline"], Authentication.ALWAYS
    ),
    "pm_card_threeDSecureRequiredProcessingError": TestCard(
        "visa", "1280", DECLINES["generic_decline"]
    ),
    "pm_card_threeDSecureOptional": TestCard("visa", "3055"),
    "pm_card_threeDSecureOptionalProcessingError": TestCard("visa", "3097"),
    "pm_card_amex_threeDSecureNotSupported": TestCard("amex", "0005"),
    "pm_card_pendingRefund": TestCard("visa", "7726", refund_status="pending"),
    # Its refunds succeed at first; a switch makes them fail, as Stripe does some time later.
    "pm_card_refundFail": TestCard("visa", "5126"),
    "pm_card_createDispute": TestCard("visa", "0259", dispute="needs_response"),
    "pm_card_createDisputeProductNotReceived": TestCard(
        "visa", "2685", dispute="needs_response", reason="product_not_received"
    ),
    "pm_card_createDisputeInquiry": TestCard("visa", "1976", dispute="warning_needs_response"),
    "pm_card_createIssuerFraudRecord": TestCard("visa", "5423", warns=True),
    # Not Stripe's: cards that nobody else has, for a switch that makes them decline.
    **{f"pm_card_visa_{number}": TestCard("visa", f"{number}") for number in range(8000, 8100)},
}
