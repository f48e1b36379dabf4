"""A card provider that keeps its own books, and handles each request as the test instructs."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from queue import SimpleQueue

from temporalio import activity

from domain.customer import Card as CardShown
from gateways.cards import (
    Charged,
    ChargeRequest,
    Declined,
    KnownCard,
    Outcome,
    ProviderRefund,
    ProviderRejectedError,
    ProviderUnavailableError,
    RefundRefusedError,
    RefundRequest,
    RefundStatus,
)
from tests.verification.models.payment_model import Card, Reply
from tests.verification.models.refund_model import Fate

TIMEOUT_SECONDS = 60.0
"""How long a request waits for somebody to say what is to be done with it."""


@dataclass
class Account:
    """What the provider knows of one payment, and what it is to do with its next requests.

    `fates` are those of refunds, by reference. Cards of an account that `always_pays` are charged.
    """

    replies: SimpleQueue[Reply] = field(default_factory=SimpleQueue[Reply])
    refund_replies: list[Reply] = field(default_factory=list[Reply])
    asked: list[ChargeRequest] = field(default_factory=list[ChargeRequest])
    outcomes: dict[str, Charged | Declined] = field(default_factory=dict[str, Charged | Declined])
    attempts: dict[int, str] = field(default_factory=dict[int, str])
    taken: dict[str, int] = field(default_factory=dict[str, int])
    refunds: dict[str, ProviderRefund] = field(default_factory=dict[str, ProviderRefund])
    fates: dict[str, Fate] = field(default_factory=dict[str, Fate])
    has_funds: bool = False
    always_pays: bool = False

    @property
    def held(self) -> int:
        """Cents taken from cards and not given back."""
        refunds = self.refunds.values()
        given_back = [one.amount for one in refunds if one.status is RefundStatus.SUCCEEDED]
        return sum(self.taken.values()) - sum(given_back)

    def cut_off(self) -> "SimpleQueue[Reply]":
        """The requests that wait get their replies from the queue that is returned from now on.

        What operators do leaves them behind, beside requests that are made after it.
        """
        former, self.replies = self.replies, SimpleQueue()
        return former

    def charge(self, request: ChargeRequest, replies: "SimpleQueue[Reply]") -> Charged | Declined:
        """Once per key; see `Reply`."""
        reply = Reply.OUTCOME
        if not self.always_pays:
            reply = replies.get(timeout=TIMEOUT_SECONDS)
        match reply:
            case Reply.UNAVAILABLE:
                raise ProviderUnavailableError("nobody answers")
            case Reply.REFUSED:
                raise ProviderRejectedError("no such parameter")
            case Reply.SPENT if request.key not in self.outcomes:
                raise ProviderUnavailableError("this key is exhausted", key_exhausted=True)
            case _ if request.key not in self.outcomes:
                self.outcomes[request.key] = self._outcome(request)
            case _:
                pass
        if reply is Reply.LOST:
            raise ProviderUnavailableError("the answer got lost")
        return self.outcomes[request.key]

    def refund(self, request: RefundRequest) -> ProviderRefund:
        """Once per key; see `Reply` and `Fate`."""
        reply = self.refund_replies.pop(0) if self.refund_replies else Reply.OUTCOME
        match reply:
            case Reply.UNAVAILABLE:
                raise ProviderUnavailableError("nobody answers")
            case Reply.REFUSED:
                raise ProviderRejectedError("this account is closed")
            case Reply.SPENT if request.key not in self.refunds:
                raise ProviderUnavailableError("this key is exhausted", key_exhausted=True)
            case _:
                refund = self._refund(request)
        if reply is Reply.LOST:
            raise ProviderUnavailableError("the answer got lost")
        return refund

    def decide(self, reference: str, *, succeeds: bool) -> ProviderRefund:
        """The bank takes or refuses a refund, be it one that had succeeded."""
        [key] = [key for key, one in self.refunds.items() if one.reference == reference]
        status = RefundStatus.SUCCEEDED if succeeds else RefundStatus.FAILED
        self.refunds[key] = replace(self.refunds[key], status=status)
        return self.refunds[key]

    def _refund(self, request: RefundRequest) -> ProviderRefund:
        if known := self.refunds.get(request.key):
            return known
        refunds = self.refunds.values()
        given_back = sum(one.amount for one in refunds if one.status is not RefundStatus.FAILED)
        if request.amount > self.taken[request.charge_id] - given_back:
            raise ProviderRejectedError("more than was taken")
        fate = self.fates[request.reference]
        if fate is Fate.REFUSED:
            raise RefundRefusedError("the charge is disputed", "charge_disputed")
        self.refunds[request.key] = ProviderRefund(
            refund_id=f"re_{request.key}",
            charge_id=request.charge_id,
            amount=request.amount,
            currency="EUR",
            status=RefundStatus(fate),
            payment_id=request.payment_id,
            reference=request.reference,
        )
        return self.refunds[request.key]

    def _outcome(self, request: ChargeRequest) -> Charged | Declined:
        """A charge is taken here and now: call it once per key."""
        self.attempts[request.attempt] = request.key
        card = Card(request.payment_method)
        pays = self.always_pays or (self.has_funds and card is Card.POOR)
        if (refusal := card.refusal) and not pays:
            return Declined(refusal.code, refusal.message, decline_code=refusal.decline_code)
        charge_id = f"pi_{request.key}"
        self.taken[charge_id] = request.amount
        return Charged(charge_id)


def _customer() -> str:
    """Whose card it is, by the activity's workflow: each customer pays for one thing or two."""
    return (activity.info().workflow_id or "").removesuffix("-before")


class Provider:
    """`CardProvider` for any number of payments at once, each in threads of its own."""

    def __init__(self, notify: Callable[[str], None]) -> None:
        """`notify` is called with the payment's id whenever a request has come in."""
        self.accounts: dict[str, Account] = {}
        self._notify = notify

    def account(self, payment_id: str) -> Account:
        """Of a payment, a new one if need be."""
        return self.accounts.setdefault(payment_id, Account())

    def describe_card(self, payment_method: str) -> KnownCard:
        """Any card is a Visa."""
        card = CardShown(brand="visa", last4="4242", exp_month=12, exp_year=2030)
        return KnownCard(payment_method, card, fingerprint=f"{_customer()}:{payment_method}")

    def create_customer(self, customer_id: str, deleted: str | None = None) -> str:
        """The same id for the same customer, and another one after each that was deleted."""
        return f"{deleted}_again" if deleted else f"cus_{customer_id}"

    def charge(self, charge: ChargeRequest) -> Charged | Declined:
        """Wait for the instruction how to reply."""
        account = self.account(charge.payment_id)
        replies = account.replies
        account.asked.append(charge)
        self._notify(charge.payment_id)
        return account.charge(charge, replies)

    def find_charge(self, payment_id: str, attempt: int) -> Charged | Declined | None:
        """Never behind."""
        account = self.account(payment_id)
        return account.outcomes.get(account.attempts.get(attempt, ""))

    def look_up(self, open_id: str) -> Outcome:
        """Nothing stays open here."""
        raise LookupError(open_id)

    def close(self, open_id: str) -> Charged | None:
        """Nothing stays open here."""
        raise LookupError(open_id)

    def refund(self, refund: RefundRequest) -> ProviderRefund:
        """Reply as instructed before."""
        return self.account(refund.payment_id).refund(refund)

    def look_up_refund(self, refund_id: str) -> ProviderRefund:
        """Its present state."""
        [found] = [
            refund
            for account in list(self.accounts.values())
            for refund in list(account.refunds.values())
            if refund.refund_id == refund_id
        ]
        return found

    def refunds(self, charge_id: str) -> list[ProviderRefund]:
        """Those of our own: nobody refunds in the dashboard here."""
        return [
            refund
            for account in list(self.accounts.values())
            for refund in list(account.refunds.values())
            if refund.charge_id == charge_id
        ]
