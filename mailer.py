"""The mailer: sends the mails of the outbox, one after the other, until SIGTERM or SIGINT.

As many as wanted may run: each mail is claimed by one of them. A mail that was sent by a mailer
that died before it could say so is sent again with the same Message-ID, by which mailboxes tell
that it is the same mail.
"""

import logging
import signal
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from queue import Empty, SimpleQueue
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from config import Settings
from domain.mail_templates import with_link
from gateways.mail import Mailer, MailRejectedError, MailUnavailableError, OutgoingMail, SmtpMailer
from security.card_links import CardLinks
from storage import outbox, payments
from storage.database import Database
from storage.migrate import migrate
from storage.outbox import QueuedMail

log = logging.getLogger("mailer")
Reached = TypeVar("Reached")

IDLE_SECONDS = 0.2
"""Between two looks into an outbox that had nothing to send."""

RETRY_SECONDS = 1.0
"""Between two looks for a database that is not there."""

LONGEST_PAUSE = timedelta(seconds=5)
"""Between two mails while none is taken; short, for the next one may well be."""


class Stop:
    """Whether somebody asked us to stop; may be asked for in a signal handler."""

    def __init__(self) -> None:
        """Not yet."""
        self.asked = False
        # A queue, since Event.set() may wait for ever in a handler that interrupts Event.wait().
        self._wake = SimpleQueue[None]()

    def ask(self, *_signal: object) -> None:
        """Stop as soon as may be."""
        self.asked = True
        self._wake.put(None)

    def wait(self, seconds: float) -> None:
        """Return after that time, or as soon as asked to stop."""
        if not self.asked:
            with suppress(Empty):
                self._wake.get(timeout=seconds)


class Relay:
    """Carries mails from the outbox to the mail server."""

    def __init__(  # noqa: PLR0913  what it works with, and how often
        self,
        database: Database,
        mailer: Mailer,
        links: CardLinks,
        stop: Stop,
        *,
        retry_first: timedelta,
        retry_longest: timedelta,
    ) -> None:
        """A mail that was not taken is tried again after `retry_first`, then ever more slowly."""
        self._database = database
        self._mailer = mailer
        self._links = links
        self._stop = stop
        self._retry_first = retry_first
        self._retry_longest = retry_longest
        self._failures = 0

    def run(self) -> None:
        """Send what is due until asked to stop; the mail under way is finished then."""
        while not self._stop.asked:
            mail = until_there(self._claim, self._stop)
            if mail is None:
                self._stop.wait(IDLE_SECONDS)
            else:
                self._send(mail)

    def _claim(self) -> QueuedMail | None:
        with self._database.write() as tx:
            for mail in outbox.claim(tx, 1):
                return self._with_link(tx, mail)
        return None

    def _with_link(self, tx: Connection, mail: QueuedMail) -> QueuedMail:
        """A reminder of an open payment gets its link only now: whoever has it needs no login."""
        payment_id = outbox.reminded_of(mail.id) or ""
        payment = payments.find_many(tx, [payment_id]).get(payment_id)
        if payment is None or payment.deadline is None:
            return mail
        link = self._links.link(payment.id, payment.deadline)
        return mail.model_copy(update={"text": with_link(mail.text, link)}) if link else mail

    def _send(self, mail: QueuedMail) -> None:
        try:
            self._mailer.send(
                OutgoingMail(
                    message_id=mail.id, to=mail.email, subject=mail.subject, text=mail.text
                )
            )
        except MailUnavailableError as error:
            self._hand_back(mail, error)
            return
        except MailRejectedError as error:
            log.error("%s It is not tried again.", error)  # noqa: TRY400 nothing of ours failed
            until_there(lambda: self._write(outbox.mark_refused, mail), self._stop)
        else:
            until_there(lambda: self._write(outbox.mark_sent, mail), self._stop)
        if self._failures:
            log.info("the mail server takes mail again")
            self._failures = 0

    def _hand_back(self, mail: QueuedMail, error: MailUnavailableError) -> None:
        """Wait before the next mail too: most likely it is the server that is away."""
        if self._failures == 0:
            log.warning("%s Trying again until it does.", error)
        # The mail itself as long again as it has waited: it may be this one recipient's mailbox
        # that takes nothing, and will not for a while.
        waited = datetime.now(UTC) - mail.queued_at
        retry_after = min(max(waited, self._retry_first), self._retry_longest)
        until_there(
            lambda: self._write(outbox.hand_back, mail, retry_after=retry_after), self._stop
        )
        pause = min(self._retry_first * 2 ** min(self._failures, 16), LONGEST_PAUSE)
        self._failures += 1
        self._stop.wait(pause.total_seconds())

    def _write(self, change: Callable[..., None], mail: QueuedMail, **how: timedelta) -> None:
        with self._database.write() as tx:
            change(tx, mail.id, **how)


def until_there(reach: Callable[[], Reached], stop: Stop) -> Reached | None:
    """What `reach` returns once the database is there; None if asked to stop before that."""
    told = False
    while True:
        try:
            return reach()
        except OperationalError as error:
            if not told:
                log.warning("waiting for the database: %s", error.orig)
                told = True
        if stop.asked:
            return None
        stop.wait(RETRY_SECONDS)


def main() -> None:
    """Run until SIGTERM or SIGINT."""
    stop = Stop()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, stop.ask)
    settings = Settings()
    mailer = SmtpMailer(
        settings.smtp_url.get_secret_value(), settings.mail_from, settings.outside_timeout_seconds
    )
    until_there(lambda: migrate(settings.database_url), stop)
    with closing(Database(settings.database_url)) as database:
        relay = Relay(
            database,
            mailer,
            CardLinks(settings.card_link_secrets, settings.public_url),
            stop,
            retry_first=settings.retry_first,
            retry_longest=settings.retry_longest,
        )
        log.info("sending mail")
        relay.run()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    main()
