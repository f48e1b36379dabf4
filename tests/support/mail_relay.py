"""The mailer's relay in a thread, and a mail server for it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Thread

from sqlalchemy import select

from gateways.mail import Mailer, MailUnavailableError, OutgoingMail
from mailer import Relay, Stop
from security.card_links import CardLinks
from storage import tables
from storage.database import Database

NO_LINKS = CardLinks([], "http://127.0.0.1:8000")


class MailServer:
    """Takes every mail but those to a mailbox that is full."""

    def __init__(self, full: str) -> None:
        """Nothing was sent yet."""
        self.full = full
        self.tried: list[str] = []
        self.mails: list[OutgoingMail] = []
        self.carried: list[int] = []
        """How many mails were tried when a connection ended."""

    def send(self, mail: OutgoingMail) -> None:
        """See `gateways.mail.Mailer`."""
        self.tried.append(mail.message_id)
        if mail.to == self.full:
            raise MailUnavailableError
        self.mails.append(mail)

    def close(self) -> None:
        """See `gateways.mail.Mailer`."""
        self.carried.append(len(self.tried))


def make_relay(
    database: Database,
    server: Mailer,
    stop: Stop,
    *,
    links: CardLinks = NO_LINKS,
    **times: timedelta,
) -> Relay:
    """A relay that is quick to try again, unless its `times` say otherwise."""
    quick = {
        "retry_first": timedelta(milliseconds=10),
        "retry_longest": timedelta(milliseconds=100),
        "give_up_time": timedelta(days=5),
    }
    return Relay(database, server, links, stop, **(quick | times))


@contextmanager
def relaying(
    database: Database, server: Mailer, *, links: CardLinks = NO_LINKS, **times: timedelta
) -> Iterator[None]:
    """Mails are carried to the server until the block ends."""
    stop = Stop()
    thread = Thread(target=make_relay(database, server, stop, links=links, **times).run)
    thread.start()
    try:
        yield
    finally:
        stop.request()
        thread.join()


def mail_states(database: Database) -> dict[str, str]:
    """By id of the mail: sent, obsolete, parked or waiting."""
    with database.read() as tx:
        rows = tx.execute(select(tables.mails)).mappings().all()
    ends = {"sent_at": "sent", "obsolete_at": "obsolete", "refused_at": "parked"}
    return {
        row["id"]: next((end for column, end in ends.items() if row[column]), "waiting")
        for row in rows
    }
