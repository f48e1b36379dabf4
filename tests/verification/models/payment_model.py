"""The payment service as the process tells it: pure, in whole hours and cents.

Written from the process alone. It shares no code with the payment it is held against.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

DAY = 24
WAITING_TIME = 14 * DAY
REMINDER_INTERVAL = 2 * DAY
MINIMUM = 50
"""The least that the card provider charges, in cents."""


class Card(StrEnum):
    """Cards that a customer may give, by the card provider's tokens."""

    GOOD = "pm_good"
    GOOD_TOO = "pm_good_too"
    BAD = "pm_bad"
    BAD_TOO = "pm_bad_too"

    @property
    def refusal(self) -> tuple[str, str] | None:
        """Code and message with which it is declined; None if it pays."""
        return {
            Card.BAD: ("card_declined", "Your card was declined."),
            Card.BAD_TOO: ("expired_card", "Your card has expired."),
        }.get(self)


class Reply(StrEnum):
    """What the card provider does with one request."""

    OUTCOME = "outcome"
    """Takes the money or declines, and says so; to a key it knows, what it said before."""
    LOST = "lost"
    """Takes the money or declines, and the answer gets lost."""
    UNAVAILABLE = "unavailable"
    """Nothing happens, and there is no answer."""
    SPENT = "spent"
    """Says that the key is exhausted; only a search finds the charge."""
    REFUSED = "refused"
    """Does not understand the request, and does not say what came of an earlier one.

    That ends no payment: it is requested again, under a new key if no earlier request is open.
    """


class Phase(StrEnum):
    """Where the payment is, or how it ended."""

    CHARGING = "charging"
    AWAITING_CARD = "awaiting_card"
    RECEIVED = "received"
    CANCELED = "canceled"
    REFUNDED = "refunded"


@dataclass(frozen=True)
class Event:
    """What happened, in which hour since the payment was requested."""

    hour: int
    type: str
    data: dict[str, Any]


@dataclass(frozen=True)
class Request:
    """What the card provider was asked to take; keys are numbered in their order."""

    card: str
    amount: int
    key: int


@dataclass
class Books:
    """All that can be seen of a payment from outside; two of them are compared."""

    balance: int
    status: str = ""
    withdrawn: int = 0
    charged: int = 0
    refunded: int = 0
    failure: str | None = None
    held_by_provider: int = 0
    requests: list[Request] = field(default_factory=list[Request])
    events: list[Event] = field(default_factory=list[Event])


class PaymentModel:
    """One payment, its customer's account and card, and what the card provider makes of it."""

    def __init__(self, amount: int, balance: int, card: Card | None) -> None:
        """Nothing has happened yet; `balance` and `card` are the customer's."""
        self.amount = amount
        self.card = card
        self.books = Books(balance)
        self.hour = 0
        self.phase = Phase.CHARGING
        self.outcome: Phase | None = None
        self._answered = False
        self._since: int | None = None
        self._newer: Card | None = None
        self._cancellation = False
        self._reminders = 0
        self._key = 0
        self._asked_before = False

    @property
    def rest(self) -> int:
        """Cents that are still missing."""
        return self.amount - self.books.withdrawn - self.books.charged

    @property
    def next_reminder(self) -> int | None:
        """The hour of the next reminder; None if it would not be before the deadline."""
        if self._since is None:
            return None
        due = self._since + (self._reminders + 1) * REMINDER_INTERVAL
        return due if due < self.deadline else None

    @property
    def deadline(self) -> int:
        """The hour in which a waiting payment is canceled."""
        if self._since is None:
            raise ValueError("no card has failed yet")
        return self._since + WAITING_TIME

    def request(self, customer: str, reference: str) -> None:
        """Request payment: from the account what it holds, and the card's turn is the rest.

        The account pays less if a card can't pay so small a rest.
        """
        self._happens(
            "PaymentRequested", customer_id=customer, reference=reference, amount=self.amount
        )
        covered = min(self.books.balance, self.amount)
        if 0 < self.amount - covered < MINIMUM <= self.amount:
            covered = self.amount - MINIMUM
        if covered:
            self.books.balance -= covered
            self.books.withdrawn = covered
            self._happens("AmountWithdrawn", amount=covered)
            if self.rest:
                self._happens("PaymentPartlyCovered", rest=self.rest)
        if self.rest:
            self._charge(self.card)
        else:
            self._receive()

    def reply(self, reply: Reply) -> None:
        """The card provider answers the request that waits for it, or does not."""
        match reply:
            case Reply.OUTCOME:
                self._settle()
            case Reply.LOST:
                self._answer()
                self._ask_again()
            case Reply.UNAVAILABLE:
                self._ask_again()
            case Reply.REFUSED if not self._asked_before and self._cancellation:
                self._cancel()
            case Reply.REFUSED if not self._asked_before:
                self.card, self._newer = self._newer or self.card, None
                self._ask_anew()
            case Reply.SPENT | Reply.REFUSED if self._answered:
                self._settle()
            case Reply.SPENT | Reply.REFUSED:
                self._ask_anew()

    def update_card(self, card: Card) -> None:
        """The customer gives another card."""
        if self.phase is Phase.CHARGING:
            self._newer = card
        elif self.phase is Phase.AWAITING_CARD:
            self._happens("CreditCardDetailsUpdated")
            self._charge(card)

    def credit(self, amount: int) -> None:
        """The customer is given `amount`, which no payment under way looks at any more."""
        self.books.balance += amount

    def cancel(self) -> None:
        """Somebody wants the payment canceled; a charge is settled first."""
        if self.phase is Phase.CHARGING:
            self._cancellation = True
        elif self.phase is Phase.AWAITING_CARD:
            self._cancel()

    def wait(self, hours: int) -> None:
        """Time passes, and what falls due in it happens."""
        end = self.hour + hours
        while self.phase is Phase.AWAITING_CARD and self._due() <= end:
            self.hour = self._due()
            if self.next_reminder is None:
                self._cancel()
            else:
                self._reminders += 1
                self._happens("CustomerReminded", reminder=self._reminders)
        if self.outcome is None:
            self.hour = end

    def refund(self) -> None:
        """Somebody wants the payment given back, which was received."""
        if self.phase is not Phase.RECEIVED or not self.amount:
            return
        self.books.refunded = self.amount
        if self.books.charged:
            refunded = {"amount": self.books.charged, "left": 0}
            refunded |= {"by_hand": False, "outside": False}
            self._happens("CreditCardRefunded", **refunded)
            self.books.charged = self.books.held_by_provider = 0
        self._credit_back()
        self._becomes(Phase.REFUNDED)

    def _charge(self, card: Card | None) -> None:
        self._becomes(Phase.CHARGING)
        self.card, self._newer, self._answered = card, None, False
        if card is None:
            self._fail("no_card", "The customer has given no card.")
        else:
            self._ask_anew()

    def _ask_anew(self) -> None:
        self._key += 1
        self._ask()
        self._asked_before = False

    def _ask_again(self) -> None:
        self._ask()
        self._asked_before = True

    def _ask(self) -> None:
        self.books.requests.append(Request(str(self.card), self.rest, self._key))

    def _answer(self) -> None:
        self._answered = True
        if self.card and not self.card.refusal:
            self.books.held_by_provider = self.rest

    def _settle(self) -> None:
        self._answer()
        if self.card and self.card.refusal:
            self._fail(*self.card.refusal)
        else:
            self._happens("CreditCardCharged", amount=self.rest)
            self.books.charged = self.rest
            self.books.failure = None
            self._receive()

    def _fail(self, code: str, message: str) -> None:
        reason = {"decline_code": None, "advice_code": None}
        self._happens("CreditCardFailed", code=code, message=message, **reason)
        self.books.failure = code
        if self._since is None:
            self._since = self.hour
        if self._cancellation:
            self._cancel()
            return
        self._becomes(Phase.AWAITING_CARD)
        if self._newer:
            self.update_card(self._newer)

    def _receive(self) -> None:
        self._happens("PaymentReceived")
        self._ends(Phase.RECEIVED)

    def _cancel(self) -> None:
        self._happens("PaymentCanceled")
        self._credit_back()
        self._ends(Phase.CANCELED)

    def _credit_back(self) -> None:
        if self.books.withdrawn:
            self._happens("AmountCredited", amount=self.books.withdrawn)
            self.books.balance += self.books.withdrawn
            self.books.withdrawn = 0

    def _due(self) -> int:
        return self.deadline if self.next_reminder is None else self.next_reminder

    def _ends(self, outcome: Phase) -> None:
        self.outcome = outcome
        self._becomes(outcome)

    def _becomes(self, phase: Phase) -> None:
        self.phase = phase
        self.books.status = phase

    def _happens(self, type: str, **data: object) -> None:
        self.books.events.append(Event(self.hour, type, data))
