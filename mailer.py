"""The mailer: sends the mails of the outbox, one after the other, until SIGTERM or SIGINT.

Several mailers may run: each mail is claimed by one of them. A batch is claimed at once and sent
over one connection, but each mail is written, sent and recorded by itself. If a mailer dies after
sending a mail but before recording that, another one sends it again with the same Message-ID, by
which mailboxes recognize the duplicate; the rest of its batch is due again when its claim ends.
What a mail says is written when it is sent; one that is not true any more is not sent. One that
can't be sent is parked, and keeps no other one waiting.
"""

import logging
import signal
import sys
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from queue import Empty, SimpleQueue
from time import monotonic
from typing import TypeVar

from sqlalchemy.exc import DBAPIError, ProgrammingError, SQLAlchemyError

from config import read_settings
from domain.mail_templates import with_link
from gateways.mail import (
    MailDeferredError,
    Mailer,
    MailRejectedError,
    MailUnavailableError,
    OutgoingMail,
    SmtpMailer,
)
from security.card_links import CardLinks
from storage import missed_mails, notifications, outbox, payments
from storage.database import UNAVAILABLE, Database, DatabaseRefusedError
from storage.migrate import SchemaError, require_schema
from storage.notifications import Withheld
from storage.outbox import QueuedMail

log = logging.getLogger("mailer")
Reached = TypeVar("Reached")

BATCH = 20
"""How many mails are claimed at once."""

BATCH_SECONDS = outbox.CLAIM_TIME.total_seconds() / 2
"""After which no mail of a batch is begun any more: another mailer may claim it soon."""

IDLE_SECONDS = 0.2
"""Pause before an outbox is polled again that had no full batch."""

RETRY_SECONDS = 1.0
"""Pause before an unavailable database is tried again; each retry doubles it."""

LONGEST_RETRY_SECONDS = 8.0
"""Longest pause between two retries of an unavailable database."""

LONGEST_PAUSE = timedelta(seconds=5)
"""Longest pause between two mails while the mail server accepts none."""


class Stop:
    """A request to stop this process; signal handlers may make it."""

    def __init__(self) -> None:
        """Not requested yet."""
        self.is_requested = False
        # Not an Event: its set() may deadlock in a signal handler that interrupts its wait().
        self._wake = SimpleQueue[None]()

    def request(self, *_signal: object) -> None:
        """Stop as soon as possible."""
        self.is_requested = True
        self._wake.put(None)

    def wait(self, seconds: float) -> None:
        """Return after that time, or as soon as a stop is requested."""
        if not self.is_requested:
            with suppress(Empty):
                self._wake.get(timeout=seconds)


class Relay:
    """Sends the outbox's mails to the mail server."""

    def __init__(  # noqa: PLR0913  its collaborators, and its retry policy
        self,
        database: Database,
        mailer: Mailer,
        links: CardLinks,
        stop: Stop,
        *,
        retry_first: timedelta,
        retry_longest: timedelta,
        give_up_time: timedelta,
    ) -> None:
        """A mail that was not accepted is tried again after `retry_first`, then ever later.

        If that is because of this mail alone, it is parked after the `give_up_time`.
        """
        self._database = database
        self._mailer = mailer
        self._links = links
        self._stop = stop
        self._retry_first = retry_first
        self._retry_longest = retry_longest
        self._give_up_time = give_up_time
        self._failures = 0
        self._search = missed_mails.Search(database)

    def run(self) -> None:
        """Send due mails until a stop is requested; finishes the current mail.

        The connection to the mail server is kept until no mail is due. Between two batches it
        searches the next events for mails that are missed.
        """
        while not self._stop.is_requested:
            mails = until_available(self._claim, self._stop) or []
            until = monotonic() + BATCH_SECONDS
            for mail in mails:
                if self._stop.is_requested or monotonic() > until:
                    self._record(outbox.release, mail)
                else:
                    self._send(mail)
            if not mails:
                self._mailer.close()
            self._search.take_step_if_due()
            if len(mails) < BATCH:
                self._stop.wait(IDLE_SECONDS)
        self._mailer.close()

    def _claim(self) -> list[QueuedMail]:
        with self._database.write() as tx:
            return outbox.claim(tx, BATCH)

    def _send(self, mail: QueuedMail) -> None:
        """Whatever is in this mail must not keep the others waiting: it is parked."""
        try:
            written = until_available(lambda: self._write(mail), self._stop, UNAVAILABLE)
            match written:
                case None:
                    return  # a stop was requested: the mail is due again after its claim
                case Withheld.OBSOLETE:
                    self._record(outbox.mark_obsolete, mail)
                    return
                case Withheld.UNDECIDED:
                    self._postpone(mail, outbox.withhold)
                    return
                case _:
                    self._mailer.send(written)
        except MailUnavailableError as error:
            self._hand_back(mail, error)
            return
        except ProgrammingError as error:
            # A table or a right may be missing, which is repaired for all mails at once.
            log.exception("Could not write mail %s.", mail.id)
            self._defer(mail, f"fault of the database ({type(error).__name__})")
            return
        except MailRejectedError as error:
            log.error("%s It is not sent again.", error)  # noqa: TRY400  not a fault of this program
            self._record(outbox.park, mail, reason=error.reason)
        except Exception as error:
            log.exception("Could not send mail %s. It is not sent again.", mail.id)
            reason = f"fault of the mailer ({type(error).__name__})"
            self._record(outbox.park, mail, reason=reason)
        else:
            self._record(outbox.mark_sent, mail)
        if self._failures:
            log.info("the mail server is available again")
            self._failures = 0

    def _write(self, mail: QueuedMail) -> OutgoingMail | Withheld:
        """The mail as it is true now, which is stored; its link is a secret and never stored."""
        with self._database.read() as tx:
            content = notifications.present(tx, mail.id)
            if isinstance(content, Withheld):
                return content
            payment_id = notifications.payment_to_update(mail.id)
            payment = payments.find_many(tx, [payment_id]).get(payment_id) if payment_id else None
        subject, text = mail.subject, mail.text
        if content is not None and (content.subject, content.text) != (subject, text):
            with self._database.write() as tx:
                outbox.rewrite(tx, mail.id, content)
            subject, text = content.subject, content.text
        if payment is not None and payment.deadline is not None:
            link = self._links.link(payment.id, payment.deadline)
            text = with_link(text, link) if link else text
        return OutgoingMail(message_id=mail.id, to=mail.email, subject=subject, text=text)

    def _postpone(self, mail: QueuedMail, change: Callable[..., None], **how: str) -> None:
        """The mail waits as long again as it has waited."""
        waited = datetime.now(UTC) - mail.queued_at
        retry_after = min(max(waited, self._retry_first), self._retry_longest)
        self._record(change, mail, retry_after=retry_after, **how)

    def _defer(self, mail: QueuedMail, reason: str) -> None:
        """Try it again later, but not for ever (RFC 5321, 4.5.4.1)."""
        if mail.deferred_at is None or datetime.now(UTC) - mail.deferred_at < self._give_up_time:
            self._postpone(mail, outbox.defer, reason=reason)
            return
        since = f"{mail.deferred_at:%Y-%m-%d %H:%M} UTC"
        log.error("Could not send mail %s since %s: %s. Giving up.", mail.id, since, reason)
        self._record(outbox.park, mail, reason=f"{reason}, again and again since {since}")

    def _hand_back(self, mail: QueuedMail, error: MailUnavailableError) -> None:
        """Also pause before the next mail: most likely the server is unavailable."""
        if self._failures == 0:
            log.warning("%s Retrying until it does.", error)
        # Its recipient's mailbox may be the only one that accepts no mail.
        if isinstance(error, MailDeferredError):
            self._defer(mail, error.reason)
        else:
            self._postpone(mail, outbox.hand_back)
        pause = min(self._retry_first * 2 ** min(self._failures, 16), LONGEST_PAUSE)
        self._failures += 1
        self._stop.wait(pause.total_seconds())

    def _record(
        self, change: Callable[..., None], mail: QueuedMail, **how: timedelta | str
    ) -> None:
        def record() -> None:
            with self._database.write() as tx:
                change(tx, mail.id, **how)

        until_available(record, self._stop)


def until_available(
    reach: Callable[[], Reached],
    stop: Stop,
    errors: tuple[type[Exception], ...] = (SQLAlchemyError, SchemaError),
) -> Reached | None:
    """Return what `reach` returns once the database is available; None if a stop comes first.

    Waits while it raises one of these `errors`, by default any of the database: whatever it is,
    others may repair it, and mails must then go on. Raises all others.
    """
    seconds, logged = RETRY_SECONDS, set[bool]()
    while True:
        try:
            reached = reach()
        except errors as error:
            if (is_of_schema := isinstance(error, SchemaError)) not in logged:
                cause = error.orig if isinstance(error, DBAPIError) else error
                log.warning("waiting for the database: %s", cause)
                logged.add(is_of_schema)
        else:
            if seconds != RETRY_SECONDS:
                log.info("the database is available again")
            return reached
        if stop.is_requested:
            return None
        stop.wait(seconds)
        seconds = min(2 * seconds, LONGEST_RETRY_SECONDS)


def main() -> None:
    """Run until SIGTERM or SIGINT."""
    stop = Stop()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, stop.request)
    settings = read_settings()
    try:
        mailer = SmtpMailer(
            settings.smtp_url.get_secret_value(),
            settings.mail_from,
            settings.outside_timeout_seconds,
        )
    except ValueError as error:
        sys.exit(str(error))
    try:
        until_available(lambda: require_schema(settings.database_url), stop)
    except DatabaseRefusedError as refusal:
        sys.exit(str(refusal))
    with closing(Database(settings.database_url, settings.database_connections)) as database:
        relay = Relay(
            database,
            mailer,
            CardLinks(settings.card_link_secrets, settings.public_url),
            stop,
            retry_first=settings.retry_first,
            retry_longest=settings.retry_longest,
            give_up_time=settings.mail_give_up_time,
        )
        log.info("sending mail")
        relay.run()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    main()
