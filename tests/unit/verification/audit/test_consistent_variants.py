"""What is seldom and looks odd, but is as it must be; and what of it makes it so."""

import pytest

from tests.unit.verification.audit.builders import DECLINED, EUR, NOON, Records, day
from tests.unit.verification.audit.consistent_snapshot import PAYMENT, sound_world
from tests.unit.verification.audit.corruption import remind
from verification.audit.records import Execution, Intent
from verification.audit.rows import Charge, OpenCharge
from verification.audit.rules import check

REQUESTED = {"customer_id": "kermit", "reference": "invoice-1", "amount": 2500}


@pytest.fixture
def records() -> Records:
    """Of kermit, who is asked to pay."""
    records = Records()
    records.customer("kermit", 100)
    records.happened("payment/one", NOON, "PaymentRequested", **REQUESTED)
    return records


def test_a_bank_takes_its_time(records: Records) -> None:
    records.payment("one", "charging", reference="invoice-1", updated_at=NOON)
    records.charges.append(Charge("one", 1, 2500, EUR, None, None, None))
    named = {"payment": "one", "attempt": "1"}
    records.intents.append(Intent("pi_one", "processing", 2500, 0, 0, "eur", named))
    records.runs("payment/one", PAYMENT)
    awaited = OpenCharge("one", 1, "pi_one")
    records.open_charges.append(awaited)
    assert check(records.world()) == []
    records.open_charges.remove(awaited)
    broken = {breach.rule for breach in check(records.world())}
    assert broken == {"nothing_is_left_authorised", "what_runs_waits_for_a_named_thing"}


def test_workers_were_away_for_days() -> None:
    """From day 2 to day 6.5: the first three reminders are late, everywhere."""
    world = sound_world()
    for number in (1, 2, 3):
        remind(world, number, at=day(6.5), payment="recalled")
    for number in (1, 2):
        remind(world, number, at=day(6.5))
    assert check(world) == []


@pytest.mark.parametrize(
    ("workflow", "broken"),
    [
        (Execution("payment/one", PAYMENT, "COMPLETED", cancel_requested=True), set()),
        (Execution("refund/undone", "RefundWorkflow", "COMPLETED"), set()),
        (
            Execution("payment/one", PAYMENT, "COMPLETED"),
            {"no_payment_is_canceled_before_its_deadline"},
        ),
    ],
)
def test_somebody_cancels_a_payment(
    records: Records, workflow: Execution, broken: set[str]
) -> None:
    records.payment(
        "one",
        "canceled",
        reference="invoice-1",
        failure=DECLINED,
        waiting_since=NOON,
        updated_at=day(1),
    )
    records.declined("one", 1, 2500)
    failed = {"code": DECLINED.code, "message": DECLINED.message}
    records.happened("payment/one", NOON, "CreditCardFailed", **failed)
    records.happened("payment/one", day(1), "PaymentCanceled")
    records.told("payment:one:canceled")
    records.executions.append(workflow)
    assert {breach.rule for breach in check(records.world())} == broken
