"""The search for events without their mail: in bounded steps, beside sending, to be continued."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import Connection, delete, event, insert, select, text, update
from sqlalchemy.exc import OperationalError

from domain.events import (
    AmountCredited,
    AmountWithdrawn,
    CreditCardCharged,
    CreditCardFailed,
    CreditCardRefunded,
    PaymentReceived,
)
from domain.mail_templates import MailContent
from domain.statuses import payment_workflow_id
from mailer import Stop
from storage import missed_mails, operations, outbox, payments, tables
from storage.database import Database
from storage.missed_mails import Step
from tests.support.databases import opened
from tests.support.examples import NOON, add_customer, payment
from tests.support.mail_relay import MailServer, mail_states, make_relay, relaying
from tests.support.processes import eventually

HELLO = MailContent(subject="Hello", text="Hello.")


def add_failed_payments(database: Database, *ids: str) -> None:
    """Payments whose card failed, as an older release recorded it: without a mail."""
    with database.write() as tx:
        for id in ids:
            payments.request(tx, payment(id))
            failed = CreditCardFailed(at=NOON, code="expired_card", message="")
            payments.record(tx, id, failed)
        tx.execute(delete(tables.mails))


def grow(tx: Connection, streams: int) -> None:
    """So many streams of three events each, none of which needs a mail."""
    rows = [
        {
            "stream": f"payment/grown-{number:06}",
            "sequence": sequence,
            "key": f"{sequence}",
            "type": "AmountWithdrawn",
            "at": NOON,
            "data": {},
        }
        for number in range(streams)
        for sequence in (1, 2, 3)
    ]
    for start in range(0, len(rows), 1000):  # each within the limit of a statement
        tx.execute(insert(tables.events), rows[start : start + 1000])


@pytest.fixture
def kermit(database: Database) -> Database:
    """Kermit can be written to."""
    with database.write() as tx:
        add_customer(tx)
    return database


def take_step(database: Database) -> Step:
    """In a transaction of its own."""
    with database.write() as tx:
        return missed_mails.take_step(tx)


def take_all(database: Database) -> list[Step]:
    """Until the search has reached its end."""
    steps = [take_step(database)]
    while not steps[-1].is_last:
        steps.append(take_step(database))
    return steps


@contextmanager
def recorded(database: Database) -> Iterator[list[tuple[str, Any]]]:
    """The SELECT statements of the block, with their parameters."""
    statements: list[tuple[str, Any]] = []

    def record(*call: Any) -> None:
        _, _, statement, parameters, *_ = call
        if statement.startswith("SELECT") and "FROM" in statement:
            statements.append((statement, parameters))

    event.listen(database.engine, "before_cursor_execute", record)
    yield statements
    event.remove(database.engine, "before_cursor_execute", record)


def rows_read(plan: dict[str, Any]) -> int:
    """How many rows PostgreSQL has read for it, those that it filtered out included."""
    below = sum(rows_read(part) for part in plan.get("Plans", []))
    filtered_out = plan.get("Rows Removed by Filter", 0)
    return below + (plan["Actual Rows"] + filtered_out) * plan["Actual Loops"]


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_no_statement_reads_more_than_a_step_however_many_events_there_are(
    kermit: Database,
) -> None:
    add_failed_payments(kermit, *(f"{number:03}" for number in range(100)))
    with kermit.write() as tx:
        grow(tx, 10_000)
        tx.execute(text("ANALYZE events"))
    with recorded(kermit) as statements:
        assert len(take_all(kermit)) > 30
    most = 0
    with kermit.write() as tx:
        for statement, parameters in statements[::3]:
            explained = tx.exec_driver_sql(
                f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", parameters
            )
            plan: Any = explained.scalar_one()
            plan = json.loads(plan) if isinstance(plan, str) else plan
            most = max(most, rows_read(plan[0]["Plan"]))
    assert 500 < most <= 2 * missed_mails.EVENTS_PER_STEP + 1
    assert len(mail_states(kermit)) == 100


def test_no_step_queues_more_than_its_share(kermit: Database) -> None:
    add_failed_payments(kermit, *(f"p-{number:03}" for number in range(120)))
    assert take_all(kermit) == [
        Step(queued=50, is_last=False),
        Step(queued=50, is_last=False),
        Step(queued=20, is_last=True),
    ]
    assert len(mail_states(kermit)) == 120


def test_another_mailer_continues_where_the_last_one_ended(
    kermit: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(missed_mails, "EVENTS_PER_STEP", 10)
    add_failed_payments(kermit, *(f"p-{number:02}" for number in range(20)))
    assert take_step(kermit) == Step(queued=5, is_last=False)
    with kermit.write() as tx:
        tx.execute(delete(tables.mails))
    with opened(str(kermit.url.render_as_string(hide_password=False))) as after_restart:
        assert take_step(after_restart) == Step(queued=5, is_last=False)
        assert mail_states(after_restart).keys() == {
            f"payment:p-{number:02}:failed" for number in range(5, 10)
        }
        assert [step.queued for step in take_all(after_restart)] == [5, 5, 0]
    # What was recorded behind it is found by the next search.
    assert [step.queued for step in take_all(kermit)] == [5, 0, 0, 0, 0]
    assert len(mail_states(kermit)) == 20


def test_one_that_cannot_be_written_is_parked_and_stops_no_other(kermit: Database) -> None:
    with kermit.write() as tx:
        payments.request(tx, payment("p-1"))
        payments.record(tx, "p-1", AmountWithdrawn(at=NOON, amount=500))
        payments.record(tx, "p-1", CreditCardCharged(at=NOON, amount=2000))
        payments.record(tx, "p-1", PaymentReceived(at=NOON))
        payments.record(tx, "p-1", CreditCardRefunded(at=NOON, amount=700), number=1)
        payments.record(tx, "p-1", AmountCredited(at=NOON, amount=500))
        tx.execute(delete(tables.mails))
        events = tables.events
        of_refund = events.c.type == CreditCardRefunded.name()
        tx.execute(update(events).where(of_refund).values(data={"amount": "odd"}))
    server = MailServer(full="nobody@example.com")
    with relaying(kermit, server):
        eventually(lambda: server.tried == ["payment:p-1:credited:6"], "the other mail sent")
    with kermit.read() as tx:
        assert outbox.backlog(tx).parked == 1
        [parked] = operations.mails_parked(tx, 10).rows
    assert (parked["id"], parked["reason"]) == (
        "payment:p-1:refunded:5",
        "fault of the mailer (ValidationError)",
    )


def test_mails_are_sent_while_the_search_fails(
    kermit: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Connection) -> Step:
        raise OperationalError("", {}, Exception("statement timeout"))

    take_step = missed_mails.take_step
    monkeypatch.setattr("storage.missed_mails.RETRY_SECONDS", 0.01)
    monkeypatch.setattr(missed_mails, "take_step", fail)
    add_failed_payments(kermit, "p-1")
    with kermit.write() as tx:
        outbox.queue(tx, "m-1", "kermit", HELLO)
    server = MailServer(full="nobody@example.com")
    with relaying(kermit, server):
        eventually(lambda: server.tried == ["m-1"], "the mail sent")
        monkeypatch.setattr(missed_mails, "take_step", take_step)
        eventually(lambda: server.tried == ["m-1", "payment:p-1:failed"], "the missed one sent")


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_a_long_search_ends_with_the_mailer_and_is_continued(kermit: Database) -> None:
    with kermit.write() as tx:
        grow(tx, 10_000)
    stop = Stop()
    server = MailServer(full="nobody@example.com")
    thread = Thread(target=make_relay(kermit, server, stop).run)
    thread.start()
    position = select(tables.scan_positions.c.stream)

    def searched() -> str:
        with kermit.read() as tx:
            return tx.execute(position).scalar_one_or_none() or ""

    eventually(lambda: searched() > payment_workflow_id("grown-000001"), "some steps")
    with kermit.write() as tx:
        outbox.queue(tx, "m-1", "kermit", HELLO)
    eventually(lambda: server.tried == ["m-1"], "a mail sent during the search")
    stop.request()
    thread.join(timeout=60)
    assert not thread.is_alive()
    assert payment_workflow_id("grown-000001") < searched() < payment_workflow_id("grown-009999")
