"""The relay's order of things when one mailbox takes nothing."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import cast

import pytest
from sqlalchemy import Connection, select, update
from sqlalchemy.exc import (
    DataError,
    InterfaceError,
    InternalError,
    NotSupportedError,
    ProgrammingError,
)
from sqlalchemy.exc import TimeoutError as NoConnectionError

from domain.mail_templates import MailContent
from gateways.mail import MailUnavailableError, OutgoingMail
from mailer import Relay, Stop
from security.card_links import CardLinks
from storage import outbox, tables
from storage.database import Database
from tests.support.examples import add_customer
from tests.support.processes import eventually

NO_LINKS = CardLinks([], "http://127.0.0.1:8000")


class MailServer:
    """Takes every mail but those to a mailbox that is full."""

    def __init__(self, full: str) -> None:
        """Nothing was sent yet."""
        self.full = full
        self.tried: list[str] = []

    def send(self, mail: OutgoingMail) -> None:
        """See `gateways.mail.Mailer`."""
        self.tried.append(mail.message_id)
        if mail.to == self.full:
            raise MailUnavailableError


@contextmanager
def relaying(
    database: Database,
    server: MailServer,
    retry_longest: timedelta = timedelta(milliseconds=100),
) -> Iterator[None]:
    """Mails are carried to the server until the block ends."""
    stop = Stop()
    relay = Relay(
        database,
        server,
        NO_LINKS,
        stop,
        retry_first=timedelta(milliseconds=10),
        retry_longest=retry_longest,
    )
    thread = Thread(target=relay.run)
    thread.start()
    try:
        yield
    finally:
        stop.request()
        thread.join()


@dataclass
class BrokenDatabase:
    """Fails in several ways, once each, before it works."""

    database: Database
    errors: list[Exception]

    def write(self) -> AbstractContextManager[Connection]:
        """See `Database`."""
        if self.errors:
            raise self.errors.pop()
        return self.database.write()


def test_no_error_of_the_database_ends_it(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mailer.RETRY_SECONDS", 0.01)
    kinds = (InternalError, ProgrammingError, InterfaceError, NotSupportedError, DataError)
    errors: list[Exception] = [kind("", {}, Exception()) for kind in kinds]
    errors.append(NoConnectionError())
    broken = BrokenDatabase(database, errors)
    with database.write() as tx:
        add_customer(tx)
        outbox.queue(tx, "m-1", "kermit", MailContent(subject="Hello", text="Hello"))
    server = MailServer(full="nobody@example.com")
    with relaying(cast("Database", broken), server):
        eventually(lambda: server.tried == ["m-1"], "the mail sent")
    assert broken.errors == []


def test_a_full_mailbox_keeps_nobody_else_waiting(database: Database) -> None:
    server = MailServer(full="piggy@example.com")
    with database.write() as tx:
        for customer in ("kermit", "piggy"):
            add_customer(tx, customer)
        for number in range(5):
            for customer in ("piggy", "kermit"):
                content = MailContent(subject="Hello", text="Hello.")
                outbox.queue(tx, f"{customer}:{number}", customer, content)
    kermits = {f"kermit:{number}" for number in range(5)}
    with relaying(database, server):
        eventually(lambda: kermits <= set(server.tried), "Kermit's mails sent")
        eventually(lambda: server.tried.count("piggy:0") >= 3, "Piggy's mail tried again")
    assert [id for id in server.tried if id in kermits] == sorted(kermits)


def test_a_mail_is_tried_again_after_as_long_as_it_has_waited(database: Database) -> None:
    server = MailServer(full="piggy@example.com")
    queued_at = datetime.now(UTC) - timedelta(minutes=50)
    mails = tables.mails
    with database.write() as tx:
        add_customer(tx, "piggy")
        outbox.queue(tx, "m-1", "piggy", MailContent(subject="Hello", text="Hello."))
        tx.execute(update(mails).values(queued_at=queued_at))

    def wait() -> timedelta:
        with database.read() as tx:
            return tx.execute(select(mails.c.due_at)).scalar_one() - datetime.now(UTC)

    with relaying(database, server, retry_longest=timedelta(hours=1)):
        # A claim alone lasts a minute.
        eventually(lambda: wait() > timedelta(minutes=2), "the mail handed back")
        assert timedelta(minutes=49) < wait() < timedelta(minutes=51)


def test_asked_to_stop_while_it_waits_it_stops_at_once(database: Database) -> None:
    server = MailServer(full="piggy@example.com")
    with database.write() as tx:
        add_customer(tx, "piggy")
        outbox.queue(tx, "m-1", "piggy", MailContent(subject="Hello", text="Hello."))
    stop = Stop()
    hour = timedelta(hours=1)
    relay = Relay(database, server, NO_LINKS, stop, retry_first=hour, retry_longest=hour)
    thread = Thread(target=relay.run)
    thread.start()
    eventually(lambda: server.tried == ["m-1"], "the mail tried")
    stop.request()
    thread.join(timeout=20)
    assert not thread.is_alive()
