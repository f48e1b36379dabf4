"""What operators do in Temporal changes nothing of a payment: programs written by hand."""

import pytest

from tests.verification.models.operator_steps import (
    PauseActivity,
    Reset,
    ResetRefund,
    Terminate,
    TerminateOfOrder,
    TerminateRefund,
)
from tests.verification.models.payment_model import DAY, Card, Reply
from tests.verification.models.payment_worker import WorkerUnderTest
from tests.verification.models.programs import (
    Answer,
    Cancel,
    Fund,
    Program,
    Refund,
    RefundNews,
    Step,
    Update,
    Wait,
)
from tests.verification.models.refund_model import UNDO, Fate
from tests.verification.models.search import play_all
from verification.chaos.intervention_kinds import Point

pytestmark = [pytest.mark.proof, pytest.mark.timeout(900)]

FIRST, LAST, AFTER_CHARGE = Point.FIRST_TASK, Point.LAST_TASK, Point.AFTER_CHARGE
OUTCOME, REFUSED = Answer(Reply.OUTCOME), Answer(Reply.REFUSED)
PENDING = Refund(amount=200, fate=Fate.PENDING, reference="a")


def program(*steps: Step, card: Card | None = Card.GOOD) -> Program:
    """EUR 25.00, of which the account pays 5.00."""
    return Program(2500, 500, card, (), steps)


PROGRAMS = [
    program(Cancel(), Reset(LAST), OUTCOME, card=Card.BAD),
    program(PauseActivity(), Terminate(FIRST), Terminate(LAST), OUTCOME),
    program(
        OUTCOME,
        *(Wait(5 * DAY), Reset(FIRST), Wait(4 * DAY), Reset(AFTER_CHARGE), Wait(DAY)),
        *(Terminate(LAST), Wait(4 * DAY)),
        card=Card.BAD,
    ),
    program(
        *(OUTCOME, Reset(AFTER_CHARGE), Reset(LAST), Reset(FIRST)),
        *(PENDING, ResetRefund("a", FIRST), TerminateRefund("a")),
        *(RefundNews("a", succeeds=True), ResetRefund("a", LAST)),
    ),
    program(
        *(OUTCOME, Refund(fate=Fate.PENDING), TerminateRefund(UNDO)),
        *(RefundNews(UNDO, succeeds=True), ResetRefund(UNDO, FIRST)),
    ),
    program(TerminateOfOrder((Reply.LOST,)), ResetRefund(UNDO, FIRST)),
    program(TerminateOfOrder(), Cancel(), card=Card.BAD),
    program(OUTCOME, TerminateOfOrder(), card=Card.BAD),
]

FORMERLY_WRONG = [
    # A card that was given to a payment without any, or once more after a reset, was not charged.
    program(Update(Card.GOOD), Reset(FIRST), OUTCOME, card=None),
    program(
        *(OUTCOME, Update(Card.POOR), OUTCOME, Reset(FIRST), Fund(), Update(Card.POOR), OUTCOME),
        card=Card.POOR,
    ),
    # One that was charged instead of the card of a refused request was charged again.
    program(Update(Card.BAD), REFUSED, OUTCOME, Wait(DAY), card=Card.POOR),
]


async def test_payments_and_their_model_agree(worker_under_test: WorkerUnderTest) -> None:
    """Also drawn ones: `test_programs.py`."""
    assert not await play_all(worker_under_test, PROGRAMS)


@pytest.mark.parametrize("formerly_wrong", FORMERLY_WRONG)
async def test_a_card_is_charged_once_for_each_time_that_it_was_given(
    worker_under_test: WorkerUnderTest, formerly_wrong: Program
) -> None:
    assert not await play_all(worker_under_test, [formerly_wrong])
