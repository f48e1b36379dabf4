"""Rare but consistent snapshots, and the detail that makes each of them consistent."""

from dataclasses import asdict, replace
from zlib import crc32

import pytest

from tests.unit.verification.audit.builders import DECLINED, EUR, NOON, Records, day
from tests.unit.verification.audit.consistent_snapshot import PAYMENT, consistent_snapshot
from tests.unit.verification.audit.corruption import change, change_event, move, remind
from verification.audit.auditor import Report
from verification.audit.records import Execution, Intent
from verification.audit.rows import Charge, OpenCharge
from verification.audit.rules import check

REQUESTED = {"customer_id": "kermit", "reference": "invoice-1", "amount": 2500}


@pytest.fixture
def records() -> Records:
    """A payment requested from kermit."""
    records = Records()
    records.customer("kermit", 100)
    records.happened("payment/one", NOON, "PaymentRequested", **REQUESTED)
    return records


def test_a_bank_decides_later(records: Records) -> None:
    records.payment("one", "charging", reference="invoice-1", updated_at=NOON)
    records.charges.append(Charge("one", 1, 2500, EUR, None, None, None))
    named = {"payment": "one", "attempt": "1"}
    records.intents.append(Intent("pi_one", "processing", 2500, 0, 0, "eur", named))
    records.runs("payment/one", PAYMENT)
    awaited = OpenCharge("one", 1, "pi_one")
    records.open_charges.append(awaited)
    assert check(records.snapshot()) == []
    records.open_charges.remove(awaited)
    broken = {violation.rule for violation in check(records.snapshot())}
    assert broken == {
        "nothing_is_left_authorised",
        "every_running_workflow_waits_for_something_known",
    }


def test_workers_were_down_for_days() -> None:
    """From day 2 to day 6.5: the first three reminders are late, everywhere."""
    snapshot = consistent_snapshot()
    for number in (1, 2, 3):
        remind(snapshot, number, at=day(6.5), payment="recalled")
    for number in (1, 2):
        remind(snapshot, number, at=day(6.5))
    assert check(snapshot) == []


def test_an_older_release_recorded_no_reason() -> None:
    snapshot = consistent_snapshot()
    failure = replace(DECLINED, decline_code=None)
    for rows in (snapshot.books.charges, snapshot.books.payments):
        change(rows, "waiting", failure=failure)
    failed = {"code": failure.code, "message": failure.message}
    change_event(snapshot, "payment/waiting", "CreditCardFailed", data=failed)
    assert check(snapshot) == []


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
def test_a_payment_is_canceled_from_outside(
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
    records.happened("payment/one", NOON, "CreditCardFailed", **asdict(DECLINED))
    records.happened("payment/one", day(1), "PaymentCanceled")
    records.notified("payment:one:canceled")
    records.executions.append(workflow)
    assert {violation.rule for violation in check(records.snapshot())} == broken


@pytest.mark.parametrize(
    ("amount", "balance", "withdrawn", "broken"),
    [
        (2500, 2449, 2449, set()),
        (2500, 2499, 2450, set()),
        (2500, 2499, 2499, {"every_payment_follows_an_allowed_trace"}),
        (2500, 2451, 2451, {"every_payment_follows_an_allowed_trace"}),
        # Accepted by an older release.
        (49, 30, 30, set()),
    ],
)
def test_a_card_pays_no_less_than_the_provider_takes(
    amount: int, balance: int, withdrawn: int, broken: set[str]
) -> None:
    records, rest = Records(), amount - withdrawn
    records.customer("kermit", balance)
    records.payment(
        "one",
        "received",
        amount,
        reference="invoice-1",
        withdrawn=withdrawn,
        charged=rest,
        updated_at=NOON,
    )
    stream = "payment/one"
    records.happened(stream, NOON, "PaymentRequested", **REQUESTED | {"amount": amount})
    records.happened(stream, NOON, "AmountWithdrawn", amount=withdrawn)
    records.moved("payment:one:withdraw", "customer:kermit", "receipts", withdrawn)
    records.happened(stream, NOON, "PaymentPartlyCovered", rest=rest)
    records.charged("one", 1, rest)
    records.happened(stream, NOON, "CreditCardCharged", amount=rest)
    records.happened(stream, NOON, "PaymentReceived")
    records.notified("payment:one:received")
    assert {violation.rule for violation in check(records.snapshot())} == broken


@pytest.mark.parametrize("status", ["charging", "received"])
def test_the_provider_has_charged_and_the_ledger_follows(records: Records, status: str) -> None:
    """While the activity is under way; not once the payment is received."""
    records.payment("one", status, reference="invoice-1", updated_at=NOON)
    records.charges.append(Charge("one", 1, 2500, EUR, "pm_card_visa", None, None))
    named = {"payment": "one", "attempt": "1"}
    records.intents.append(Intent("pi_one_1", "succeeded", 2500, 2500, 0, "eur", named))
    records.runs("payment/one", PAYMENT, activities=("charge_card",))
    broken = {violation.rule for violation in check(records.snapshot())}
    rule = "the_clearing_account_is_what_the_provider_holds"
    assert (rule in broken) is (status == "received")
    assert broken == set() or status == "received"


def test_another_app_adds_names_to_a_charge() -> None:
    snapshot = consistent_snapshot()
    ours = {"payment": "fulfilled", "attempt": "1"}
    change(snapshot.intents, "pi_fulfilled_1", metadata=ours | {"invoice": "X-7"})
    assert check(snapshot) == []
    change(snapshot.intents, "pi_fulfilled_1", metadata=ours | {"attempt": "2"})
    broken = {violation.rule for violation in check(snapshot)}
    assert "every_charge_in_the_books_exists_at_the_provider" in broken


def test_a_charge_whose_request_is_refused_is_requested_again(records: Records) -> None:
    """The workflow sleeps for up to six hours in between; the audit lists the payment."""
    records.payment("one", "charging", reference="invoice-1", updated_at=NOON)
    charge = Charge("one", 1, 2500, EUR, "pm_1", None, None, on_session=True, requests_sent=0)
    records.charges.append(charge)
    records.runs("payment/one", PAYMENT)
    snapshot = records.snapshot()
    assert check(snapshot) == []
    assert list(Report([], [], snapshot, 0).parked) == [
        "payment one: the card provider refuses the request for attempt 1"
    ]
    records.charges[0] = replace(charge, requests_sent=1)
    asked = records.snapshot()
    assert {violation.rule for violation in check(asked)} == {
        "every_running_workflow_waits_for_something_known"
    }
    assert list(Report([], [], asked, 0).parked) == []


def test_a_mail_whose_answer_was_lost_is_written_anew_and_then_untrue() -> None:
    """The mailbox has what it said at the first attempt; once recorded as sent, it must match."""
    snapshot = consistent_snapshot()
    mail = "payment:waiting:reminder:1"
    change(snapshot.books.mails, mail, text="Dear Kermit, less is due.")
    change(snapshot.books.mails, mail, sent_at=None, obsolete_at=NOON)
    assert check(snapshot) == []
    change(snapshot.books.mails, mail, sent_at=NOON, obsolete_at=None)
    broken = {violation.rule for violation in check(snapshot)}
    assert broken == {"every_mail_is_delivered", "the_mailbox_has_nothing_else"}


def test_a_mail_about_money_that_is_given_back_again_has_its_cause(records: Records) -> None:
    """Which is a transfer; it need not exist, and may be overtaken by the event's own mail."""
    records.payment("one", "received", reference="invoice-1", updated_at=NOON)
    again = f"payment:one:outside:{crc32(b'late')}"
    records.notified(again)
    causeless = {violation.subject for violation in check(records.snapshot())} & {f"mail {again}"}
    assert causeless
    records.moved("payment:one:outside:late", "refunds_owed", "outside", 200)
    found = {violation.subject for violation in check(records.snapshot())}
    assert found.isdisjoint(causeless)
    change(records.mails, again, sent_at=None, obsolete_at=NOON)
    assert {violation.subject for violation in check(records.snapshot())} == found


def test_what_was_given_back_outside_and_by_hand_has_transfers_with_a_cause() -> None:
    """Also once the refund by hand has failed. That it was given back twice is another rule."""
    snapshot = consistent_snapshot()
    move(snapshot, "payment:parts:twice:both", "outside", "cards:stripe", 200)
    move(snapshot, "payment:parts:once:both", "cards:stripe", "outside", 200)
    assert check(snapshot) == []


def test_a_mail_about_a_refund_that_failed_waits_for_an_operator() -> None:
    """It failed before the mail was sent; what is owed is decided first."""
    snapshot = consistent_snapshot()
    mail = "payment:parts:refunded:8"
    withheld = "Whether it is true is not decided yet."
    change(snapshot.books.mails, mail, sent_at=None, reason=withheld)
    kept = [one for one in snapshot.messages if one.subject != f"About {mail}"]
    unsent = replace(snapshot, messages=kept)
    assert check(unsent) == []
    change(unsent.books.mails, mail, reason=None)
    assert {violation.rule for violation in check(unsent)} == {"every_mail_is_delivered"}
