"""Seeded bugs are caught: by races, by programs, or by both."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from temporalio.worker import UnsandboxedWorkflowRunner

import worker
from dev.temporal_server.server import TemporalServer
from tests.verification.bugs import charges, waiting_payments
from tests.verification.models.payment_model import Card, Reply
from tests.verification.models.payment_worker import open_worker
from tests.verification.models.programs import Answer, Program
from tests.verification.models.schedules import Counter, Schedule
from tests.verification.models.search import drawn, play_all

pytestmark = pytest.mark.proof

SCHEDULES = 1_000
PROGRAMS = 60
TIMEOUT_SECONDS = 10.0

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
        (
            waiting_payments.record_card_updates_in_a_local_activity,
            "CreditCardDetailsUpdated: not as",
        ),
        (waiting_payments.remind_in_a_local_activity, "CustomerReminded: not as"),
        (charges.leave_the_account_open, "tried for ever|the books hold something else"),
        (charges.leave_less_than_a_card_can_pay, "less than a card can pay"),
        (charges.let_the_deadline_win, "the books hold something else|before the deadline"),
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


@pytest.mark.parametrize("is_seeded", [True, False])
async def test_a_refused_request_that_ends_the_payment_is_caught(
    temporal: TemporalServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_seeded: bool
) -> None:
    if is_seeded:
        waiting_payments.end_a_refused_payment(monkeypatch)
    answers = (Answer(Reply.REFUSED), Answer(Reply.REFUSED), Answer(Reply.OUTCOME))
    program = Program(amount=2500, balance=500, card=Card.GOOD, twice=(), steps=answers)

    failed = await play(temporal, tmp_path, monkeypatch, [program])

    assert ["PaymentCanceled" in str(error) for error in failed.values()] == [True] * is_seeded


async def play(
    temporal: TemporalServer, folder: Path, patch: pytest.MonkeyPatch, programs: list[Program]
) -> dict[Program, AssertionError]:
    """With the bugs of this process: in the sandbox, workflows are imported anew without them."""
    patch.setattr(worker, "SANDBOX", UnsandboxedWorkflowRunner())
    async with open_worker(temporal.address, folder) as worker_under_test:
        return await play_all(worker_under_test, programs, timeout_seconds=TIMEOUT_SECONDS)
