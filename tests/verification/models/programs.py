"""Programs: what is done to one payment, from its request to its end, and after that.

They are drawn along the model, so that each step is one that makes sense where it is taken.
"""

from dataclasses import dataclass
from typing import TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from tests.verification.models.payment_model import DAY, MINIMUM, Card, PaymentModel, Phase, Reply

Drawn = TypeVar("Drawn")

MOST_STEPS = 10
"""Before the payment is brought to its end."""

ACTIVITIES = (
    "request_payment",
    "withdraw_amount",
    "charge_card",
    "record_card_update",
    "remind_customer",
    "receive_payment",
    "cancel_payment",
    "credit_amount",
    "begin_refund",
    "refund_card",
)


@dataclass(frozen=True)
class Answer:
    """The card provider answers the request that waits, or does not."""

    reply: Reply

    def happens(self, model: PaymentModel) -> None:
        model.reply(self.reply)


@dataclass(frozen=True)
class Update:
    """The customer gives another card."""

    card: Card

    def happens(self, model: PaymentModel) -> None:
        model.update_card(self.card)


@dataclass(frozen=True)
class Credit:
    """The customer is given cents."""

    amount: int

    def happens(self, model: PaymentModel) -> None:
        model.credit(self.amount)


@dataclass(frozen=True)
class Cancel:
    """The workflow is asked to cancel."""

    def happens(self, model: PaymentModel) -> None:
        model.cancel()


@dataclass(frozen=True)
class Wait:
    """The payment's clock is moved on."""

    hours: int

    def happens(self, model: PaymentModel) -> None:
        model.wait(self.hours)


@dataclass(frozen=True)
class Refund:
    """The payment is given back; `replies` are the provider's faults before it does so."""

    replies: tuple[Reply, ...]

    def happens(self, model: PaymentModel) -> None:
        model.refund()


Step = Answer | Update | Credit | Cancel | Wait | Refund


@dataclass(frozen=True)
class Program:
    """A payment of `amount` cents of a customer with this balance and card.

    The activities in `twice` are carried out twice each time.
    """

    amount: int
    balance: int
    card: Card | None
    twice: tuple[str, ...]
    steps: tuple[Step, ...]

    def model(self) -> PaymentModel:
        """The payment before it is requested."""
        return PaymentModel(self.amount, self.balance, self.card)


@st.composite
def programs(draw: DrawFn) -> Program:
    """Any payment's life, to its end."""
    amount = draw(_mostly(st.just(2500), 4, st.sampled_from([0, 1, 50, 99])))
    around_the_minimum = st.integers(max(0, amount - MINIMUM - 1), amount + 1)
    others = st.integers(0, 2 * amount) | around_the_minimum
    balance = draw(_mostly(st.sampled_from([0, 500]), 3, others))
    card = draw(st.sampled_from([Card.BAD, Card.BAD_TOO, None, Card.GOOD]))
    twice = draw(_mostly(st.just([]), 2, _SOME))
    model = PaymentModel(amount, balance, card)
    model.request("customer", "reference")
    steps: list[Step] = []

    def take(strategy: SearchStrategy[Step]) -> None:
        step = draw(strategy)
        step.happens(model)
        steps.append(step)

    for _ in range(draw(st.sampled_from(range(MOST_STEPS + 1)))):
        if model.outcome is None:
            take(_before_the_end(model))
    while model.outcome is None:
        take(_to_the_end(model))
    for _ in range(draw(st.integers(0, 2))):
        take(_after_the_end(model))
    return Program(amount, balance, card, tuple(twice), tuple(steps))


def _mostly(
    usual: SearchStrategy[Drawn], times: int, other: SearchStrategy[Drawn]
) -> SearchStrategy[Drawn]:
    """The usual one `times` as often as the other one."""
    return st.integers(0, times).flatmap(lambda number: other if number == times else usual)


_SOME = st.lists(st.sampled_from(ACTIVITIES), min_size=1, max_size=3, unique=True)
_CREDITS = st.integers(1, 3000).map(Credit)
_BAD = st.sampled_from([Card.BAD, Card.BAD_TOO]).map(Update)
_GOOD = st.sampled_from([Card.GOOD, Card.GOOD_TOO]).map(Update)
_CANCEL = st.just(Cancel())
_ANSWERS = st.sampled_from([Reply.OUTCOME, Reply.OUTCOME, *Reply]).map(Answer)
_RARELY = st.one_of(_GOOD, _CREDITS, _CANCEL)
_REFUNDS = st.lists(
    st.sampled_from([Reply.LOST, Reply.UNAVAILABLE, Reply.SPENT, Reply.REFUSED]), max_size=2
).map(lambda replies: Refund(tuple(replies)))


def _before_the_end(model: PaymentModel) -> SearchStrategy[Step]:
    if model.phase is Phase.CHARGING:
        usual = st.one_of(_ANSWERS, _BAD)
    else:
        usual = st.one_of(_waits(model), _BAD)
    return _mostly(usual, 3, _RARELY)


def _to_the_end(model: PaymentModel) -> SearchStrategy[Step]:
    """Whatever card is there is charged, and then nobody gives another one."""
    if model.phase is Phase.CHARGING:
        return st.just(Answer(Reply.OUTCOME))
    left = model.deadline - model.hour
    return st.sampled_from([left, left + 1, left + 10 * DAY]).map(Wait)


def _after_the_end(model: PaymentModel) -> SearchStrategy[Step]:
    anything = st.one_of(_REFUNDS, _GOOD, _CREDITS, _CANCEL)
    return _mostly(_REFUNDS, 2, anything) if model.phase is Phase.RECEIVED else anything


def _waits(model: PaymentModel) -> SearchStrategy[Step]:
    """Until just before, at and after what is due next and the deadline, or until anything."""
    deadline = model.deadline - model.hour
    due = (model.next_reminder or model.deadline) - model.hour
    moments = [due - 1, due, due + 1, deadline - 1, deadline, deadline + 10 * DAY]
    return _mostly(
        st.sampled_from([hours for hours in moments if hours > 0]).map(Wait),
        2,
        st.integers(1, deadline).map(Wait),
    )
