"""Seeded bugs are caught: by races, by programs, or by both."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from temporalio.worker import UnsandboxedWorkflowRunner

import worker
from dev.temporal_server.server import TemporalServer
from tests.verification.bugs import charges, declines, operators, refunds, waiting_payments
from tests.verification.models.operator_steps import OperatorStep, Reset
from tests.verification.models.payment_model import DAY, Card, Reply
from tests.verification.models.payment_worker import open_worker
from tests.verification.models.programs import (
    Answer,
    Fund,
    Program,
    Refund,
    RefundNews,
    Step,
    Update,
    Wait,
)
from tests.verification.models.refund_model import Fate
from tests.verification.models.schedules import Counter, Schedule
from tests.verification.models.search import TIMEOUT_SECONDS, drawn, play_all
from verification.chaos.intervention_kinds import Point

pytestmark = [pytest.mark.proof, pytest.mark.timeout(900)]

SCHEDULES = 1_000
PROGRAMS = 60
BUG_SECONDS = 20.0
"""For a payment with a bug to do what it should, which it never does."""

SEED = 7

Bug = Callable[[pytest.MonkeyPatch], None]


def play_schedules(counter: Counter) -> None:
    for seed in range(SCHEDULES):
        Schedule(counter, seed).play()


@pytest.mark.parametrize(
    ("bug", "violation"),
    [
        (
            waiting_payments.leave_a_charge_at_the_deadline,
            "two things at once|while something was under",
        ),
        (waiting_payments.forget_a_card_given_during_a_charge, "though a card was (given|there)"),
        (waiting_payments.move_the_deadline, "waits"),
        (waiting_payments.remind_at_the_deadline, "reminder"),
        (waiting_payments.keep_what_was_withdrawn, "the account lost something else"),
        (waiting_payments.drop_the_withdrawals_key, "the account lost something else"),
        (waiting_payments.charge_the_whole_amount, "charge_card would be tried for ever"),
        (
            waiting_payments.cancel_in_a_local_activity,
            "not one winner|the books say|Payment \\w+ is canceled",
        ),
        (waiting_payments.remind_in_a_local_activity, "CustomerReminded: not as"),
        (charges.leave_the_account_open, "tried for ever|the books hold something else"),
        (charges.leave_less_than_a_card_can_pay, "less than a card can pay"),
        (
            charges.let_the_deadline_win,
            "the books hold something else|before the deadline|tried for ever",
        ),
        (waiting_payments.end_a_refused_payment, "canceled before it ever waited"),
        (declines.retry_any_card, "tried again that won't pay"),
    ],
    ids=lambda value: getattr(value, "__name__", "violation"),
)
def test_races_catch(
    counter: Counter, monkeypatch: pytest.MonkeyPatch, bug: Bug, violation: str
) -> None:
    bug(monkeypatch)

    with pytest.raises(AssertionError, match=violation):
        play_schedules(counter)


@pytest.mark.parametrize(
    ("bug", "violation"),
    [
        (waiting_payments.move_the_deadline, "CustomerReminded|PaymentCanceled"),
        (waiting_payments.refund_only_the_card, "refunded: model"),
    ],
    ids=lambda value: getattr(value, "__name__", "violation"),
)
async def test_programs_catch(
    temporal: TemporalServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    bug: Bug,
    violation: str,
) -> None:
    bug(monkeypatch)

    failed = await play(temporal, tmp_path, monkeypatch, drawn(PROGRAMS, SEED))

    assert any(re.search(violation, str(error)) for error in failed.values()), failed


def program(*steps: Step, card: Card = Card.GOOD, is_saved: bool = False) -> Program:
    """EUR 25.00, of which the account pays 5.00."""
    return Program(2500, 500, card, (), steps, is_saved, retry_days=(3, 7))


PAID = Answer(Reply.OUTCOME)
DECLINED = Answer(Reply.OUTCOME)
REFUSED = Answer(Reply.REFUSED)

PLAYED: list[tuple[Bug, Program, str]] = [
    (waiting_payments.end_a_refused_payment, program(REFUSED, REFUSED, PAID), "PaymentCanceled"),
    (
        charges.charge_saved_cards_without_customer,
        program(PAID, is_saved=True),
        "requests: model",
    ),
    (
        declines.try_a_stolen_card_again,
        program(DECLINED, Update(Card.STOLEN), card=Card.STOLEN),
        "requests: model",
    ),
    (
        declines.retry_any_card,
        program(DECLINED, Wait(4 * DAY), card=Card.BAD, is_saved=True),
        "requests: model",
    ),
    (
        declines.retry_cards_that_need_their_customer,
        program(DECLINED, Wait(4 * DAY), card=Card.POOR),
        "requests: model",
    ),
    (
        declines.retry_no_card,
        program(DECLINED, Wait(4 * DAY), card=Card.POOR, is_saved=True),
        "requests: model",
    ),
    (
        declines.retry_every_day,
        program(DECLINED, Wait(2 * DAY), card=Card.POOR, is_saved=True),
        "requests: model",
    ),
    (
        refunds.count_failed_refunds_as_given_back,
        program(PAID, Refund(amount=300, reference="a"), RefundNews("a", succeeds=False)),
        "owed: model 300",
    ),
    (
        refunds.refund_a_part_anew,
        program(PAID, Refund((Reply.LOST,), 300, reference="a")),
        "held_by_provider: model 1700",
    ),
    (
        refunds.reserve_nothing,
        program(
            PAID,
            Refund(amount=2000, fate=Fate.PENDING, reference="a"),
            Refund(amount=500, reference="b"),
        ),
        "withdrawn: model 0",
    ),
]

REVEALED_BY_OPERATORS: list[tuple[Bug, Program, str]] = [
    (
        operators.charge_each_run,
        program(Answer(Reply.LOST), Reset(Point.LAST_TASK), PAID),
        "requests: model",
    ),
    (
        operators.remind_in_each_run,
        program(DECLINED, Wait(3 * DAY), Reset(Point.FIRST_TASK), card=Card.BAD),
        "CustomerReminded",
    ),
    (
        operators.count_attempts_of_the_run,
        program(
            DECLINED,
            Update(Card.POOR),
            DECLINED,
            Reset(Point.FIRST_TASK),
            Fund(),
            Update(Card.POOR),
            PAID,
            card=Card.POOR,
        ),
        "requests: model",
    ),
]


@pytest.mark.parametrize(
    ("bug", "program", "violation"),
    [*PLAYED, *REVEALED_BY_OPERATORS],
    ids=lambda value: getattr(value, "__name__", ""),
)
async def test_one_program_catches(  # noqa: PLR0913, PLR0917  fixtures
    temporal: TemporalServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    bug: Bug,
    program: Program,
    violation: str,
) -> None:
    bug(monkeypatch)

    failed = await play(temporal, tmp_path, monkeypatch, [program])

    assert [re.search(violation, str(error)) is not None for error in failed.values()] == [True], (
        failed
    )


async def test_without_bugs_these_programs_pass(
    temporal: TemporalServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = [program for _, program, _ in [*PLAYED, *REVEALED_BY_OPERATORS]]

    assert not await play(temporal, tmp_path, monkeypatch, programs, TIMEOUT_SECONDS)


@pytest.mark.parametrize(
    ("bug", "program"),
    [(bug, program) for bug, program, _ in REVEALED_BY_OPERATORS],
    ids=lambda value: getattr(value, "__name__", ""),
)
async def test_without_operators_these_programs_pass(
    temporal: TemporalServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    bug: Bug,
    program: Program,
) -> None:
    steps = tuple(step for step in program.steps if not isinstance(step, OperatorStep))
    bug(monkeypatch)

    unoperated = replace(program, steps=steps)
    assert not await play(temporal, tmp_path, monkeypatch, [unoperated], TIMEOUT_SECONDS)


async def play(
    temporal: TemporalServer,
    folder: Path,
    patch: pytest.MonkeyPatch,
    programs: list[Program],
    seconds: float = BUG_SECONDS,
) -> dict[Program, AssertionError]:
    """With the bugs of this process: in the sandbox, workflows are imported anew without them."""
    patch.setattr(worker, "SANDBOX", UnsandboxedWorkflowRunner())
    async with open_worker(temporal.address, folder) as worker_under_test:
        return await play_all(worker_under_test, programs, timeout_seconds=seconds)
