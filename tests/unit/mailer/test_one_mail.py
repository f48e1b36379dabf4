"""What concerns one mail alone keeps no other one waiting, and has an end."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, select, update
from sqlalchemy.exc import (
    DataError,
    IntegrityError,
    InterfaceError,
    InternalError,
    OperationalError,
    ProgrammingError,
)
from sqlalchemy.exc import TimeoutError as NoConnectionError

from domain.mail_templates import MailContent
from gateways.mail import MailDeferredError, OutgoingMail
from storage import notifications, operations, outbox, tables
from storage.database import Database
from tests.support.examples import add_customer
from tests.support.mail_relay import MailServer, mail_states, relaying
from tests.support.processes import eventually

HELLO = MailContent(subject="Hello", text="Hello.")
DAYS = timedelta(days=5)


@pytest.fixture
def mails(database: Database) -> Database:
    """One to Piggy and one to Kermit."""
    with database.write() as tx:
        for customer in ("piggy", "kermit"):
            add_customer(tx, customer)
            outbox.queue(tx, customer, customer, HELLO)
    return database


class FullMailbox(MailServer):
    """Puts the mails to one mailbox off, and takes the others."""

    def send(self, mail: OutgoingMail) -> None:
        """See `gateways.mail.Mailer`."""
        if mail.to == self.full:
            self.tried.append(mail.message_id)
            reason = "the mail server did not accept it (452)"
            raise MailDeferredError("Could not send it.", reason)
        super().send(mail)


def column(database: Database, name: str, id: str = "piggy") -> Any:
    """What the column of that mail holds."""
    with database.read() as tx:
        mails = tables.mails
        return tx.execute(select(mails.c[name]).where(mails.c.id == id)).scalar_one()


def age(database: Database, name: str, by: timedelta) -> None:
    """Piggy's mail is older by so much."""
    moment = column(database, name) - by
    with database.write() as tx:
        mails = tables.mails
        tx.execute(update(mails).where(mails.c.id == "piggy").values({name: moment}))


def test_a_mail_put_off_again_and_again_is_parked_in_the_end(mails: Database) -> None:
    server = FullMailbox(full="piggy@example.com")
    with relaying(mails, server):
        eventually(lambda: server.tried.count("piggy") >= 3, "Piggy's mail tried again")
        since = column(mails, "deferred_at")
        assert datetime.now(UTC) - since < timedelta(minutes=1)
        age(mails, "deferred_at", DAYS - timedelta(minutes=5))
        tried = server.tried.count("piggy")
        eventually(lambda: server.tried.count("piggy") >= tried + 3, "it tried once more")
        assert mail_states(mails) == {"piggy": "waiting", "kermit": "sent"}
        age(mails, "deferred_at", timedelta(minutes=5))
        eventually(lambda: mail_states(mails)["piggy"] == "parked", "it given up")
    with mails.read() as tx:
        assert outbox.backlog(tx) == outbox.Backlog(mails=0, seconds=0, parked=1)
        [parked] = operations.mails_parked(tx, 10).rows
    since -= DAYS
    assert parked["reason"] == (
        f"the mail server did not accept it (452), again and again since {since:%Y-%m-%d %H:%M} UTC"
    )
    # Made due by an operator, it has as long again.
    assert column(mails, "deferred_at") is None


def test_no_mail_is_given_up_because_of_a_server_that_was_unavailable(mails: Database) -> None:
    server = MailServer(full="piggy@example.com")
    age(mails, "queued_at", 10 * DAYS)
    with relaying(mails, server):
        eventually(lambda: server.tried.count("piggy") >= 3, "Piggy's mail tried again")
        assert (column(mails, "deferred_at"), mail_states(mails)["piggy"]) == (None, "waiting")
        server.full = "nobody@example.com"
        eventually(lambda: mail_states(mails)["piggy"] == "sent", "it sent")


def fails(monkeypatch: pytest.MonkeyPatch, errors: Callable[[], Exception | None]) -> None:
    """Writing Piggy's mail meets these errors of the database."""
    present = notifications.present

    def fail(tx: Connection, mail_id: str) -> Any:
        error = errors() if mail_id == "piggy" else None
        if error is not None:
            raise error
        return present(tx, mail_id)

    monkeypatch.setattr(notifications, "present", fail)


@pytest.mark.parametrize("kind", [DataError, IntegrityError])
def test_data_that_the_database_refuses_parks_its_mail(
    mails: Database, monkeypatch: pytest.MonkeyPatch, kind: type[DataError | IntegrityError]
) -> None:
    fails(monkeypatch, lambda: kind("", {}, Exception()))
    with relaying(mails, MailServer(full="nobody@example.com")):
        eventually(lambda: "waiting" not in mail_states(mails).values(), "nothing left")
    assert mail_states(mails) == {"piggy": "parked", "kermit": "sent"}
    assert column(mails, "reason") == f"fault of the mailer ({kind.__name__})"


def test_a_statement_that_the_database_refuses_delays_its_mail_alone(
    mails: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    errors: list[Exception | None] = [ProgrammingError("", {}, Exception())]
    fails(monkeypatch, lambda: errors[0])
    server = MailServer(full="nobody@example.com")
    with relaying(mails, server):
        eventually(lambda: server.tried == ["kermit"], "the other mail sent")
        eventually(lambda: bool(column(mails, "deferred_at")), "the reason recorded")
        assert column(mails, "reason") == "fault of the database (ProgrammingError)"
        errors[0] = None
        eventually(lambda: server.tried == ["kermit", "piggy"], "it sent, too")


def test_one_refused_by_the_database_again_and_again_is_parked(
    mails: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    fails(monkeypatch, lambda: ProgrammingError("", {}, Exception()))
    with relaying(mails, MailServer(full="nobody@example.com")):
        eventually(lambda: bool(column(mails, "deferred_at")), "it deferred")
        age(mails, "deferred_at", DAYS)
        eventually(lambda: mail_states(mails)["piggy"] == "parked", "it given up")


def test_a_database_that_is_unavailable_for_a_while_parks_nothing(
    mails: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mailer.RETRY_SECONDS", 0.01)
    errors: list[Exception] = [
        kind("", {}, Exception()) for kind in (OperationalError, InterfaceError, InternalError)
    ]
    errors.append(NoConnectionError())
    fails(monkeypatch, lambda: errors.pop() if errors else None)
    server = MailServer(full="nobody@example.com")
    with relaying(mails, server):
        eventually(lambda: len(server.tried) == 2, "both sent")
    assert errors == []
    assert mail_states(mails) == {"piggy": "sent", "kermit": "sent"}
    assert column(mails, "deferred_at") is None
