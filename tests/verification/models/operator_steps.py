"""Steps of programs that an operator takes in Temporal: none of them changes what comes of it."""

from dataclasses import dataclass

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from tests.verification.models.payment_model import (
    DAY,
    WAITING_TIME,
    PaymentModel,
    Phase,
    Reply,
)
from tests.verification.models.refund_model import Fate
from verification.chaos.intervention_kinds import Point


@dataclass(frozen=True)
class Reset:
    """The payment's workflow is reset."""

    point: Point

    def happens(self, model: PaymentModel) -> None:
        model.reset(to_first_task=self.point is Point.FIRST_TASK)


@dataclass(frozen=True)
class Terminate:
    """The payment's workflow is ended by force, and reset."""

    point: Point

    def happens(self, model: PaymentModel) -> None:
        model.reset(to_first_task=self.point is Point.FIRST_TASK)


@dataclass(frozen=True)
class TerminateOfOrder:
    """The payment's workflow is ended by force, and its order undoes the payment.

    `replies` are the provider's faults before it says what came of a charge under way.
    """

    replies: tuple[Reply, ...] = ()

    def happens(self, model: PaymentModel) -> None:
        model.undo(self.replies)


@dataclass(frozen=True)
class PauseActivity:
    """The activity under way is paused, its request fails, and it goes on."""

    def happens(self, model: PaymentModel) -> None:
        model.reply(Reply.UNAVAILABLE)


@dataclass(frozen=True)
class ResetRefund:
    """A refund's workflow is reset."""

    reference: str
    point: Point

    def happens(self, model: PaymentModel) -> None:
        """Nothing changes."""


@dataclass(frozen=True)
class TerminateRefund:
    """A refund's workflow is ended by force; its order starts it again, or an operator resets it.

    An order has no refund but that of all that is left.
    """

    reference: str

    def happens(self, model: PaymentModel) -> None:
        """Nothing changes."""


OperatorStep = Reset | Terminate | TerminateOfOrder | PauseActivity | ResetRefund | TerminateRefund

_FAULTS = ((), (Reply.LOST,), (Reply.UNAVAILABLE,), (Reply.LOST, Reply.UNAVAILABLE))


def before_the_end(model: PaymentModel) -> SearchStrategy[OperatorStep]:
    """What suits the payment now."""
    steps: list[OperatorStep] = []
    for point in _points(model):
        steps += [Reset(point), Reset(point), Terminate(point)]
    if model.phase is Phase.CHARGING:
        steps += [PauseActivity(), *map(TerminateOfOrder, _FAULTS)]
    else:
        steps.append(TerminateOfOrder())
    return st.sampled_from(steps)


def after_the_end(model: PaymentModel) -> list[SearchStrategy[OperatorStep]]:
    """The payment is reset, or one of its refunds is, or that is ended by force."""
    steps: list[SearchStrategy[OperatorStep]] = []
    if not model.is_undone:
        steps.append(st.sampled_from([Reset(point) for point in _points(model)]))
    for reference, part in model.refunds.parts.items():
        points = (Point.FIRST_TASK, Point.LAST_TASK)
        steps.append(st.sampled_from([ResetRefund(reference, point) for point in points]))
        if part.state is Fate.PENDING:
            steps.append(st.just(TerminateRefund(reference)))
    return steps


def _points(model: PaymentModel) -> list[Point]:
    """Where a reset may go back to.

    With its history the server sets the workflow's clock back, as no real clock is. So a charge
    under way is as late as the last task only, and days of retries must not pass a second time.
    """
    points = [Point.LAST_TASK]
    if model.phase is Phase.CHARGING:
        may_go_back = not model.hour and not model.is_given_again
    else:
        first_retry = min((day * DAY for day in model.retry_days), default=WAITING_TIME)
        may_go_back = model.outcome is not None or model.hour < first_retry
    if may_go_back:
        points.append(Point.FIRST_TASK)
    if may_go_back and model.phase is not Phase.CHARGING and model.run_has_charged:
        points.append(Point.AFTER_CHARGE)
    return points
