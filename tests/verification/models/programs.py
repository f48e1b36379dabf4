"""Programs: what is done to one payment, from its request to its end, and after that.

They are drawn along the model, so that each step is one that makes sense where it is taken.
"""

from dataclasses import dataclass, replace
from typing import TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from tests.verification.models import operator_steps
from tests.verification.models.payment_model import DAY, MINIMUM, Card, PaymentModel, Phase, Reply
from tests.verification.models.refund_model import UNDO, Fate

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
    "begin_partial_refund",
    "refund_card",
    "settle_refund",
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
class Fund:
    """There is money behind the poor card, from now on."""

    def happens(self, model: PaymentModel) -> None:
        model.fund()


@dataclass(frozen=True)
class Wait:
    """The payment's clock is moved on; `replies` are the provider's first ones meanwhile."""

    hours: int
    replies: tuple[Reply, ...] = ()

    def happens(self, model: PaymentModel) -> None:
        model.wait(self.hours, self.replies)


@dataclass(frozen=True)
class Refund:
    """A part of the payment is given back, or all of it if there is no `amount`.

    `replies` are the provider's faults before it decides.
    """

    replies: tuple[Reply, ...] = ()
    amount: int | None = None
    fate: Fate = Fate.SUCCEEDS
    reference: str = UNDO

    def happens(self, model: PaymentModel) -> None:
        model.refund(self.reference, self.amount, self.fate)


@dataclass(frozen=True)
class RefundNews:
    """The card provider says that a refund succeeded, or that it failed."""

    reference: str
    succeeds: bool

    def happens(self, model: PaymentModel) -> None:
        model.refunds.settle(self.reference, succeeds=self.succeeds)


@dataclass(frozen=True)
class SettleOutside:
    """An operator has given back what is owed, not to the card."""

    reference: str

    def happens(self, model: PaymentModel) -> None:
        model.refunds.settle_outside(self.reference)


Step = (
    Answer
    | Update
    | Credit
    | Cancel
    | Fund
    | Wait
    | Refund
    | RefundNews
    | SettleOutside
    | operator_steps.OperatorStep
)


@dataclass(frozen=True)
class Program:
    """A payment of `amount` cents of a customer with this balance and card.

    The activities in `twice` are carried out twice each time. If the card `is_saved`, it has paid
    for something before. On `retry_days` the payment tries it again.
    """

    amount: int
    balance: int
    card: Card | None
    twice: tuple[str, ...]
    steps: tuple[Step, ...]
    is_saved: bool = False
    retry_days: tuple[int, ...] = ()

    def model(self) -> PaymentModel:
        """The payment before it is requested."""
        return PaymentModel(
            self.amount,
            self.balance,
            self.card,
            is_saved=self.is_saved,
            retry_days=self.retry_days,
        )


@st.composite
def programs(draw: DrawFn) -> Program:
    """Any payment's life, to its end."""
    amount = draw(_mostly(st.just(2500), 4, st.sampled_from([0, 1, 50, 99])))
    around_the_minimum = st.integers(max(0, amount - MINIMUM - 1), amount + 1)
    others = st.integers(0, 2 * amount) | around_the_minimum
    balance = draw(_mostly(st.sampled_from([0, 500]), 3, others))
    card = draw(st.sampled_from([Card.POOR, Card.GOOD, *Card, Card.POOR, Card.GOOD, None]))
    is_saved = card is Card.POOR or (card is not None and draw(st.booleans()))
    retry_days = draw(_RETRY_DAYS)
    twice = draw(_mostly(st.just([]), 2, _SOME))
    program = Program(amount, balance, card, tuple(twice), (), is_saved, retry_days)
    model = program.model()
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
    for number in range(draw(st.sampled_from(range(5)))):
        take(_after_the_end(model, f"part-{number}"))
    return replace(program, steps=tuple(steps))


def _mostly(
    usual: SearchStrategy[Drawn], times: int, other: SearchStrategy[Drawn]
) -> SearchStrategy[Drawn]:
    """The usual one `times` as often as the other one."""
    return st.integers(0, times).flatmap(lambda number: other if number == times else usual)


_SOME = st.lists(st.sampled_from(ACTIVITIES), min_size=1, max_size=3, unique=True)
_CREDITS = st.integers(1, 3000).map(Credit)
_BAD = st.sampled_from([Card.BAD, Card.BAD_TOO, Card.POOR, Card.STOLEN]).map(Update)
_GOOD = st.sampled_from([Card.GOOD, Card.GOOD_TOO]).map(Update)
_CANCEL = st.just(Cancel())
_ANSWERS = st.sampled_from([Reply.OUTCOME, Reply.OUTCOME, *Reply]).map(Answer)
_RARELY = st.one_of(_GOOD, _CREDITS, _CANCEL, st.just(Fund()))
_RETRY_DAYS = st.sampled_from([(3, 7, 11), (1,), (2, 4), (13, 14, 15), ()])
_FAULTS = st.lists(
    st.sampled_from([Reply.LOST, Reply.UNAVAILABLE, Reply.SPENT, Reply.REFUSED]), max_size=2
).map(tuple)
_FATES = st.sampled_from([Fate.SUCCEEDS, Fate.SUCCEEDS, Fate.PENDING, Fate.PENDING, *Fate])
_UNDO = st.builds(Refund, replies=_FAULTS, fate=_FATES)


def _before_the_end(model: PaymentModel) -> SearchStrategy[Step]:
    if model.phase is Phase.CHARGING:
        usual = st.one_of(_ANSWERS, _BAD)
    else:
        usual = st.one_of(_waits(model), _BAD)
    return _mostly(usual, 3, st.one_of(_RARELY, operator_steps.before_the_end(model)))


def _to_the_end(model: PaymentModel) -> SearchStrategy[Step]:
    """Whatever card is there is charged, and then nobody gives another one."""
    if model.phase is Phase.CHARGING:
        return st.just(Answer(Reply.OUTCOME))
    left = model.deadline - model.hour
    return st.sampled_from([left, left + 1, left + 10 * DAY]).map(Wait)


def _after_the_end(model: PaymentModel, reference: str) -> SearchStrategy[Step]:
    undo = _UNDO if _may_undo(model) else _CREDITS
    anything = st.one_of(undo, _GOOD, _CREDITS, _CANCEL, *operator_steps.after_the_end(model))
    if model.phase is not Phase.RECEIVED or not model.amount:
        return anything
    return _mostly(st.one_of(_refunds(model, reference)), 3, anything)


def _may_undo(model: PaymentModel) -> bool:
    """An order is undone once; if there is nothing to give back, that is not a refund."""
    refunds = model.refunds
    if model.is_undone:
        return False
    return model.phase is not Phase.RECEIVED or (UNDO not in refunds.parts and refunds.free > 0)


def _refunds(model: PaymentModel, reference: str) -> list[SearchStrategy[Step]]:
    """Refunds of what is held, of one cent more, and of what is owed; news of earlier ones."""
    parts = model.refunds.parts
    free, on_card = model.refunds.free, model.refunds.free_on_card
    owed = [part.to_card for part in parts.values() if part.is_owed]
    amounts = {1, free // 2, on_card, on_card + 1, free, free + 1, *owed}
    # Which of two is replaced is nobody's business, unless only one of them is recorded.
    unclear = {amount for amount in owed if owed.count(amount) > 1}
    amount = st.sampled_from(sorted(amounts - unclear - {0}) or [free + 1])
    part = st.builds(
        Refund, replies=_FAULTS, amount=amount, fate=_FATES, reference=st.just(reference)
    )
    steps: list[SearchStrategy[Step]] = [part, _UNDO if _may_undo(model) else _CREDITS]
    for known, one in parts.items():
        if one.is_owed:
            steps.append(st.just(SettleOutside(known)))
        if one.state is Fate.PENDING:
            steps.append(
                st.sampled_from([RefundNews(known, succeeds=yes) for yes in (True, False)])
            )
        if one.state is Fate.SUCCEEDS and one.to_card:
            steps.append(st.just(RefundNews(known, succeeds=False)))
    return steps


def _waits(model: PaymentModel) -> SearchStrategy[Step]:
    """Until just before, at and after what is due next and the deadline, or until anything."""
    deadline = model.deadline - model.hour
    due = (model.next_reminder or model.deadline) - model.hour
    moments = [due - 1, due, due + 1, deadline - 1, deadline, deadline + 10 * DAY]
    if model.next_retry:
        retry = model.next_retry - model.hour
        moments += [retry - 1, retry, retry + 1]
    hours = _mostly(
        st.sampled_from([hours for hours in moments if hours > 0]), 2, st.integers(1, deadline)
    )
    return st.builds(Wait, hours, _FAULTS)
