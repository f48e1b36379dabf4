"""Which card a PaymentIntent may be confirmed with, and how it ends.

Sources of the rules are in `docs/stripe.md`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from dev.simulators.cards.declines import AUTHENTICATION_FAILED, DECLINES, Decline
from dev.simulators.cards.notices import Notices
from dev.simulators.cards.objects import Objects
from dev.simulators.cards.protocol.errors import InvalidRequestError, missing
from dev.simulators.cards.store.disputes import Disputes
from dev.simulators.cards.store.state import State
from dev.simulators.cards.store.stored_objects import Intent, PaymentMethod, Status
from dev.simulators.cards.store.wallets import Wallets
from dev.simulators.cards.tokens import CARDS, Authentication


@dataclass(frozen=True)
class Attempt:
    """The parameters of a PaymentIntent that is confirmed; `amount` in minor units.

    `payment_method` is an id or a test token. `must_not_wait`: the request has
    `error_on_requires_action`.
    """

    amount: int
    currency: str
    payment_method: str
    customer: str | None
    setup_future_usage: str | None
    off_session: bool
    must_not_wait: bool
    metadata: Mapping[str, str]


@dataclass
class Banks:
    """How banks treat charges from now on; `declines` is the decline code of every charge."""

    take_their_time: bool = False
    declines: str | None = None


@dataclass(frozen=True)
class Charging:
    """Charges cards; the caller owns the transaction."""

    state: State
    wallets: Wallets
    disputes: Disputes
    banks: Banks
    objects: Objects
    notices: Notices

    def charge(self, attempt: Attempt) -> dict[str, Any]:
        """The new PaymentIntent. Raises StripeError for a refusal or a decline."""
        if attempt.customer and not self.wallets.customer(attempt.customer):
            raise missing("customer", attempt.customer, param="customer", status=400)
        if attempt.off_session and attempt.setup_future_usage:
            raise InvalidRequestError(
                "You cannot confirm with `off_session` parameter when `setup_future_usage` is also "
                "set on the PaymentIntent because you cannot set up future usages when processing "
                "payments off-session."
            )
        method = self.usable(attempt.payment_method, attempt.customer)
        status, failure = self._outcome(attempt, method)
        # Without a customer, it can still be attached after the payment.
        may_be_attached_later = attempt.setup_future_usage and not attempt.customer
        if method.customer is None and not may_be_attached_later:
            self.wallets.spend(method)
        intent = self.state.add_intent(
            amount=attempt.amount,
            currency=attempt.currency,
            payment_method=method.id,
            status=status,
            failure=failure,
            metadata=attempt.metadata,
            customer=attempt.customer,
            setup_future_usage=attempt.setup_future_usage,
        )
        self._ended(intent)
        if failure:
            raise self.objects.declined(intent)
        return self.objects.payment_intent(intent)

    def authenticate(self, intent: Intent, *, succeeds: bool) -> Intent:
        """The customer authenticates the payment, or fails to."""
        if not succeeds:
            return self.settle(intent, AUTHENTICATION_FAILED)
        return self.settle(intent, self._decline(self.wallets.known_method(intent.payment_method)))

    def settle(self, intent: Intent, failure: Decline | None) -> Intent:
        """The bank pays, or declines."""
        status: Status = "requires_payment_method" if failure else "succeeded"
        settled = self.state.change_intent(intent, status, failure)
        self._ended(settled)
        return settled

    def usable(self, id: str, customer: str | None) -> PaymentMethod:
        """The PaymentMethod, for a payment of that customer; a test token makes a new one."""
        method = self.wallets.add_method(id) if id in CARDS else self.wallets.method(id)
        if method is None:
            raise missing("PaymentMethod", id, param="payment_method", status=400)
        if method.customer and not customer:
            raise InvalidRequestError(
                f"The `payment_method` parameter supplied {method.id} belongs to the Customer "
                f"{method.customer}. Please include the Customer in the `customer` parameter on "
                "the PaymentIntent.",
                code="parameter_missing",
                param="source",
            )
        if method.customer and method.customer != customer:
            raise InvalidRequestError(
                f"The PaymentMethod {method.id} does not belong to the Customer you supplied "
                f"{customer}. Please use this PaymentMethod with the Customer that it belongs to "
                "instead.",
                param="payment_method",
            )
        if method.spent:
            _refuse_spent()
        return method

    def _outcome(self, attempt: Attempt, method: PaymentMethod) -> tuple[Status, Decline | None]:
        if _needs_authentication(method, off_session=attempt.off_session):
            if attempt.off_session or attempt.must_not_wait:
                return "requires_payment_method", DECLINES["authentication_required"]
            return "requires_action", None
        if failure := self._decline(method):
            return "requires_payment_method", failure
        return ("processing" if self.banks.take_their_time else "succeeded"), None

    def _decline(self, method: PaymentMethod) -> Decline | None:
        code = method.declines or self.banks.declines
        return DECLINES[code] if code else CARDS[method.token].decline

    def _ended(self, intent: Intent) -> None:
        """Saves the card, disputes the charge, and notifies, in Stripe's order."""
        if intent.status != "succeeded":
            self.notices.intent(intent)
            return
        method = self.wallets.known_method(intent.payment_method)
        is_free = method.customer in {None, intent.customer}
        if intent.setup_future_usage and intent.customer and is_free:
            self.wallets.attach(method, intent.customer, set_up=True)
        card = CARDS[method.token]
        if card.dispute:
            dispute = self.disputes.add(intent, intent.amount, card.reason, card.dispute)
            self.notices.dispute(dispute, None)
        self.notices.intent(intent)
        if card.warns:
            self.notices.fraud_warning(self.disputes.warn(intent, "misc"))


def _needs_authentication(method: PaymentMethod, *, off_session: bool) -> bool:
    match CARDS[method.token].authentication:
        case Authentication.NEVER:
            return False
        case Authentication.ALWAYS:
            return True
        case Authentication.UNLESS_SET_UP:
            return not (off_session and method.set_up)
        case Authentication.ON_SESSION:
            return not off_session


def _refuse_spent() -> NoReturn:
    raise InvalidRequestError(
        "The provided PaymentMethod was previously used with a PaymentIntent without Customer "
        "attachment, shared with a connected account without Customer attachment, or was detached "
        "from a Customer. It may not be used again. To use a PaymentMethod multiple times, you "
        "must attach it to a Customer first."
    )
