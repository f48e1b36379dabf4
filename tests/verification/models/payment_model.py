"""The payment service as the process tells it: pure, in whole hours and cents.

Written from the process alone. It shares no code with the payment it is held against.
"""

from enum import StrEnum
from typing import NamedTuple

from tests.verification.models.books import Books, Event, Request
from tests.verification.models.refund_model import UNDO, Fate, RefundModel

DAY = 24
WAITING_TIME = 14 * DAY
REMINDER_INTERVAL = 2 * DAY
MINIMUM = 50
"""The least that the card provider charges, in cents."""


class Refusal(NamedTuple):
    """Why a card is declined, and whether it may be charged again later, or never."""

    code: str
    message: str
    decline_code: str | None = None
    is_hard: bool = False
    may_pay_later: bool = False


class Card(StrEnum):
    """Cards that a customer may give, by the card provider's tokens."""

    GOOD = "pm_good"
    GOOD_TOO = "pm_good_too"
    BAD = "pm_bad"
    BAD_TOO = "pm_bad_too"
    POOR = "pm_poor"
    """Pays once its account has funds."""
    STOLEN = "pm_stolen"

    @property
    def refusal(self) -> Refusal | None:
        """Why it is declined; None if it pays."""
        return _REFUSALS.get(self)


_REFUSALS = {
    Card.BAD: Refusal("card_declined", "Your card was declined."),
    Card.BAD_TOO: Refusal("expired_card", "Your card has expired."),
    Card.POOR: Refusal(
        "card_declined",
        "Your card has insufficient funds.",
        "insufficient_funds",
        may_pay_later=True,
    ),
    Card.STOLEN: Refusal("card_declined", "Your card was declined.", "stolen_card", is_hard=True),
}


NO_CARD = Refusal("no_card", "The customer has given no card.")


class Reply(StrEnum):
    """What the card provider does with one request."""

    OUTCOME = "outcome"
    """Takes the money or declines, and says so; to a key it knows, what it said before."""
    LOST = "lost"
    """Takes the money or declines, and the answer gets lost."""
    UNAVAILABLE = "unavailable"
    """Nothing happens: there is no answer, or one that the provider has too much to do (429)."""
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


class PaymentModel:
    """One payment, its customer's account and card, and what the card provider makes of it."""

    def __init__(
        self,
        amount: int,
        balance: int,
        card: Card | None,
        *,
        is_saved: bool = False,
        retry_days: tuple[int, ...] = (),
    ) -> None:
        """Nothing has happened yet; `balance` and `card` are the customer's.

        The card `is_saved` if it has paid for something before. `retry_days` are the days after the
        first failure on which the same card is tried again.
        """
        self.amount = amount
        self.card = card
        self.books = Books(balance)
        self.refunds = RefundModel(self.books, self._happens)
        self.saved = {card} if is_saved else set[Card | None]()
        self.retry_days = retry_days
        self.answers: list[Reply] = []
        """What the card provider replied during the last wait."""
        self.hour = 0
        self.phase = Phase.CHARGING
        self.outcome: Phase | None = None
        self.is_undone = False
        """Whether its order ended it, after its workflow was ended by force."""
        self.run_has_charged = False
        """Whether the history of its workflow's latest run has a charge that has ended."""
        self._answered = False
        self._verdict: Refusal | None = None
        self._refusal: Refusal | None = None
        self._has_funds = False
        self._stolen = set[Card]()
        self._charged_at = 0
        self._since: int | None = None
        self._newer: Card | None = None
        self._cancellation = False
        self._reminders = 0
        self._attempts = 0
        self._key = 0
        self._asked_before = False

    @property
    def rest(self) -> int:
        """Cents that are still missing."""
        return self.amount - self.books.withdrawn - self.books.charged

    @property
    def is_given_again(self) -> bool:
        """Whether the card that is being charged was given once more meanwhile."""
        return self._newer is not None and self._newer is self.card

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

    @property
    def next_retry(self) -> int | None:
        """The hour in which the same card is tried again; None if it is not.

        Only a card that is saved can be charged without its customer.
        """
        may_pay = self._refusal is not None and self._refusal.may_pay_later
        if self._since is None or not may_pay or self.card not in self.saved:
            return None
        hours = (self._since + day * DAY for day in self.retry_days)
        return next((due for due in hours if self._charged_at < due < self.deadline), None)

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
                self._begin()
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

    def fund(self) -> None:
        """There is money behind the poor card, from now on."""
        self._has_funds = True

    def wait(self, hours: int, replies: tuple[Reply, ...] = ()) -> None:
        """Time passes, and what falls due in it happens.

        The card provider replies so to the first requests, and then with the outcome.
        """
        end = self.hour + hours
        self.answers = []
        while self.phase is Phase.AWAITING_CARD and self._due() <= end:
            self.hour = self._due()
            if self.next_retry == self.hour:
                self._charge(self.card)
                while self.phase is Phase.CHARGING:
                    answer, replies = (replies or (Reply.OUTCOME,))[0], replies[1:]
                    self.answers.append(answer)
                    self.reply(answer)
            elif self.next_reminder is None:
                self._cancel()
            else:
                self._reminders += 1
                self._happens("CustomerReminded", reminder=self._reminders)
        if self.outcome is None:
            self.hour = end

    def reset(self, *, to_first_task: bool) -> None:
        """An operator lets the workflow go on from an earlier point of its history.

        What was done stays done once, whichever point it is. A request under way is given up, and
        made again. A cancellation that comes after the point is forgotten.
        """
        if to_first_task:
            self._cancellation = False
        if to_first_task and self.phase is not Phase.AWAITING_CARD:
            self.run_has_charged = False
        if self.phase is Phase.CHARGING:
            self._ask_again()

    def undo(self, replies: tuple[Reply, ...]) -> None:
        """An operator ended the workflow by force, and the order undoes its payment.

        A charge under way is settled first; the card provider replies so to its first requests.
        What is given back of a canceled payment is no refund of a received one.
        """
        if self.phase is Phase.CHARGING:
            for reply in (Reply.UNAVAILABLE, *replies):
                if reply is Reply.LOST:
                    self._answer()
                self._ask_again()
            self._answer()
            if self._verdict:
                self._decline(self._verdict)
            else:
                self._pay()
        self._happens("PaymentCanceled")
        self.is_undone = True
        self.refunds.begin(UNDO, None, Fate.SUCCEEDS)
        self.books.refunded = 0
        self._ends(Phase.CANCELED)

    def refund(self, reference: str, amount: int | None, fate: Fate) -> None:
        """Somebody wants `amount` given back, or all that is left."""
        if self.phase is Phase.RECEIVED and self.amount:
            self.refunds.begin(reference, amount, fate)

    def _charge(self, card: Card | None) -> None:
        self._becomes(Phase.CHARGING)
        self.card, self._newer = card, None
        self._charged_at = self.hour
        self._attempts += 1
        self._begin()

    def _begin(self) -> None:
        """A stolen card is not charged again, and without a card nobody is asked."""
        if self.card is None:
            self._fail(NO_CARD)
        elif self.card in self._stolen:
            self._fail(_REFUSALS[self.card])
        else:
            self._ask_anew()

    def _ask_anew(self) -> None:
        self._key += 1
        self._answered = False
        self._ask()
        self._asked_before = False

    def _ask_again(self) -> None:
        self._ask()
        self._asked_before = True

    def _ask(self) -> None:
        on_session = self._attempts == 1 or self.card not in self.saved
        self.books.requests.append(Request(str(self.card), self.rest, self._key, on_session))

    def _answer(self) -> None:
        """The card provider decides once."""
        if self._answered:
            return
        self._answered = True
        pays = self.card is Card.POOR and self._has_funds
        self._verdict = None if pays or self.card is None else self.card.refusal
        if self._verdict is None:
            self.books.held_by_provider = self.rest

    def _settle(self) -> None:
        self._answer()
        if self._verdict:
            self._fail(self._verdict)
        else:
            self._pay()
            self._receive()

    def _pay(self) -> None:
        self.run_has_charged = True
        self._happens("CreditCardCharged", amount=self.rest)
        self.books.charged = self.rest
        self.books.failure = None

    def _decline(self, refusal: Refusal) -> None:
        self.run_has_charged = True
        code, message, decline_code = refusal[:3]
        reason = {"decline_code": decline_code, "advice_code": None}
        self._happens("CreditCardFailed", code=code, message=message, **reason)
        self.books.failure = code

    def _fail(self, refusal: Refusal) -> None:
        self._decline(refusal)
        self._refusal = refusal
        if refusal.is_hard and self.card:
            self._stolen.add(self.card)
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
        return min(filter(None, (self.next_reminder, self.next_retry)), default=self.deadline)

    def _ends(self, outcome: Phase) -> None:
        self.outcome = outcome
        self._becomes(outcome)

    def _becomes(self, phase: Phase) -> None:
        self.phase = phase
        self.books.status = phase

    def _happens(self, type: str, **data: object) -> None:
        self.books.events.append(Event(self.hour, type, data))
