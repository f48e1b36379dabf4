"""Sending mail, over SMTP."""

import re
import smtplib
import ssl
from binascii import b2a_qp
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.header import Header
from email.headerregistry import Address
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime
from typing import Any, NoReturn, Protocol
from urllib.parse import parse_qs, unquote, urlsplit

from gateways.smtp_replies import code_text, is_about_the_mail, is_about_us, is_put_off, replies

_LOOPBACK = {"127.0.0.1", "::1", "localhost"}
_OPTIONAL_TLS = {"starttls": ["optional"]}

_HEADER_LENGTH = 60
"""Characters that fit into a line behind the header's name."""

_ENCODED_LENGTH = 74
"""As `Header` counts: its lines have two characters more, the 76 that RFC 2047 allows."""

_NOT_ATEXT = re.compile(r"[^A-Za-z0-9!#$%&'*+/?^_`{|}~.-]")


@dataclass(frozen=True)
class OutgoingMail:
    """A plain text mail.

    Every delivery of the same mail has the same `message_id`: mailboxes that suppress duplicates
    (RFC 7352) then show it once.
    """

    message_id: str
    to: str
    subject: str
    text: str


class MailUnavailableError(Exception):
    """The mail server did not accept the mail: send it again, with the same id.

    Also raised if the server refuses our settings: an operator will correct them.
    """


class MailDeferredError(MailUnavailableError):
    """The mail server does not accept this mail now, e.g. because its recipient's mailbox is full.

    Also if it refuses the mail for a reason that is ours, e.g. our reputation. It may accept
    others. `reason` says why, and quotes neither the mail nor the address.
    """

    def __init__(self, message: str, reason: str) -> None:
        """`message` is for the log."""
        super().__init__(message)
        self.reason = reason


class MailRejectedError(Exception):
    """The mail can't be sent, because of its content or its recipient; `reason` says why."""

    def __init__(self, message_id: str, reason: str) -> None:
        """Neither quotes the mail nor the customer's address."""
        super().__init__(f"Could not send mail {message_id}: {reason}.")
        self.reason = reason


class _NoTlsError(Exception):
    """The mail server offers no STARTTLS."""


class Mailer(Protocol):
    """Delivers mail."""

    def send(self, mail: OutgoingMail) -> None:
        """Hand a mail to the mail server; blocks.

        Raises `MailUnavailableError` and `MailRejectedError`.
        """
        ...

    def close(self) -> None:
        """End the connection to the mail server, if there is one; the next mail makes another."""
        ...


class SmtpMailer:
    """`Mailer` over SMTP. Its connection is kept for the next mail, so threads can't share it."""

    def __init__(self, url: str, sender: str, timeout_seconds: float = 10) -> None:
        """`url` is `smtp://[user:password@]host[:port]`, or `smtps://` for TLS from the start.

        Over `smtp://` the server must offer TLS (STARTTLS, RFC 3207), except on loopback, or if the
        URL ends with `?starttls=optional`; no password is ever sent without TLS. `sender` is the
        sender's address, whose domain is also that of the Message-IDs. Raises `ValueError` for any
        other URL or sender.
        """
        parts = urlsplit(url)
        if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
            raise ValueError("SMTP_URL must be smtp://host:port or smtps://host:port.")
        options = parse_qs(parts.query, keep_blank_values=True)
        if options not in ({}, _OPTIONAL_TLS):
            raise ValueError("SMTP_URL has no other option than ?starttls=optional.")
        self._tls_required = not options and parts.hostname not in _LOOPBACK
        self._tls = parts.scheme == "smtps"
        self._host = parts.hostname
        self._port = parts.port or (465 if self._tls else 25)
        self._user = unquote(parts.username or "")
        self._password = unquote(parts.password or "")
        self._sender = sender
        address = _only_address(sender)
        if address is None:
            raise ValueError("MAIL_FROM must be one address, such as orders@example.com.")
        self._sender_address = address
        self._domain = self._sender_address.rpartition("@")[2]
        self._timeout = timeout_seconds
        self._connection: smtplib.SMTP | None = None

    def send(self, mail: OutgoingMail) -> None:
        """See `Mailer`."""
        message = self._compose(mail)
        try:
            self._deliver(mail.to, message)
        except _NoTlsError:
            raise MailUnavailableError(
                f"Could not send mail {mail.message_id}: the mail server does not offer STARTTLS, "
                "and mails are not sent in plain text. Correct that, or end SMTP_URL with "
                "?starttls=optional if the network is trusted."
            ) from None
        except (OSError, smtplib.SMTPException, UnicodeError) as error:
            _raise(error, mail)

    def close(self) -> None:
        """See `Mailer`."""
        connection, self._connection = self._connection, None
        if connection is not None:
            # The mails are delivered already, whatever happens to QUIT.
            with suppress(OSError, smtplib.SMTPException):
                connection.quit()

    def _deliver(self, to: str, message: bytes) -> None:
        """A server may close a connection after some mails or some time: then over another one."""
        is_kept = self._connection is not None
        try:
            if self._connection is None:
                self._connection = self._connect()
                self._secure(self._connection)
            self._connection.sendmail(self._sender_address, [to], message)
        except (OSError, smtplib.SMTPException, UnicodeError, _NoTlsError):
            is_closed = self._connection is None or self._connection.sock is None
            self.close()
            if not (is_kept and is_closed):
                raise
            self._deliver(to, message)

    def _compose(self, mail: OutgoingMail) -> bytes:
        """Raises `MailRejectedError` for whatever can't be written, or would be changed.

        Not an `EmailMessage`: it would parse every header, also those that are ours, which is most
        of the work of a mail.
        """
        if _only_address(mail.to) != mail.to:
            raise MailRejectedError(mail.message_id, "the customer's address is invalid")
        try:
            subject, text = _encode_header(mail.subject), _encode_text(mail.text)
        except ValueError as error:
            # E.g. a line break in a header.
            reason = f"the mail can't be written ({type(error).__name__})"
            raise MailRejectedError(mail.message_id, reason) from None
        headers = {
            "Date": format_datetime(datetime.now(UTC)),
            "Message-ID": f"<{message_id(mail.message_id)}@{self._domain}>",
            "From": self._sender,
            "To": mail.to,
            "Subject": subject,
            "Auto-Submitted": "auto-generated",
            "MIME-Version": "1.0",
            "Content-Type": 'text/plain; charset="utf-8"',
            "Content-Transfer-Encoding": "quoted-printable",
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return head.encode("ascii") + b"\r\n" + text

    def _connect(self) -> smtplib.SMTP:
        if self._tls:
            return smtplib.SMTP_SSL(
                self._host, self._port, timeout=self._timeout, context=ssl.create_default_context()
            )
        return smtplib.SMTP(self._host, self._port, timeout=self._timeout)

    def _secure(self, connection: smtplib.SMTP) -> None:
        connection.ehlo_or_helo_if_needed()
        if not self._tls and connection.has_extn("starttls"):
            connection.starttls(context=ssl.create_default_context())
            connection.ehlo()
        elif not self._tls and self._tls_required:
            raise _NoTlsError
        elif not self._tls and self._user:
            raise smtplib.SMTPNotSupportedError(
                "no STARTTLS: the password is not sent in plain text"
            )
        if self._user:
            connection.login(self._user, self._password)


def _only_address(text: str) -> str | None:
    """The address if the text is one address, as the library understands it; None otherwise."""
    if not text.isascii():
        return None
    try:
        to: Any = SMTP_POLICY.header_store_parse("To", text)[1]
        addresses: Sequence[Address] = to.addresses
        is_sound = len(addresses) == 1 and not to.defects
    except Exception:  # noqa: BLE001  the library raises many types, e.g. IndexError
        return None
    return addresses[0].addr_spec if is_sound else None


def _encode_header(text: str) -> str:
    """A short ASCII text is left as it is, unless it looks encoded; others are encoded (RFC 2047).

    Raises `ValueError` for a line break, and for what UTF-8 does not have.
    """
    if "\r" in text or "\n" in text:
        raise ValueError("A header is one line.")
    is_short = len(text) <= _HEADER_LENGTH and "=?" not in text
    is_plain = is_short and text.isascii() and text.isprintable()
    if is_plain:
        return text
    return Header(text, "utf-8", maxlinelen=_ENCODED_LENGTH, header_name="Subject").encode(
        linesep="\r\n"
    )


def _encode_text(text: str) -> bytes:
    """As quoted-printable lines (RFC 2045); raises `ValueError` for what UTF-8 does not have."""
    lines = text.encode().splitlines()
    return b2a_qp(b"".join(line + b"\r\n" for line in lines), istext=True)


def message_id(key: str) -> str:
    """The local part of a Message-ID; characters that RFC 5322 does not allow become `=XX`."""
    return _NOT_ATEXT.sub(lambda found: "".join(f"={byte:02X}" for byte in found[0].encode()), key)


def _raise(error: OSError | smtplib.SMTPException | UnicodeError, mail: OutgoingMail) -> NoReturn:
    """Raise without the server's text, which quotes the customer's address."""
    reason = ", ".join(map(code_text, replies(error))) or type(error).__name__
    if is_about_the_mail(error):
        refused = f"the mail server refused it ({reason}); check the customer's address"
        raise MailRejectedError(mail.message_id, refused) from None
    refused = f"the mail server did not accept it ({reason})"
    advice = "Check the mail server's settings" if is_about_us(error) else "Send it again"
    message = f"Could not send mail {mail.message_id}: {refused}. {advice}."
    if is_put_off(error):
        raise MailDeferredError(message, refused) from None
    raise MailUnavailableError(message) from None
