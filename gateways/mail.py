"""Sending mail, over SMTP."""

import re
import smtplib
import ssl
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from typing import Any, NoReturn, Protocol
from urllib.parse import parse_qs, unquote, urlsplit

_PERMANENT = 500
"""Reply codes from here on are permanent, lower ones are temporary (RFC 5321, 4.2.1)."""

_CLOSING = 421
"""The reply code of a server that closes the connection, whatever was requested (RFC 5321, 3.8)."""

_OF_THE_MAIL = (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError)

_OF_RECIPIENT = {501, 550, 551, 552, 553, 556}
"""Reply codes to RCPT that are about the address (RFC 5321, 4.3.2; 556: RFC 7504)."""

_OF_CONTENT = {550, 552, 554}
"""Reply codes to DATA and the content that are about them (RFC 5321, 4.3.2)."""

_ENHANCED = re.compile(rb"5\.(\d{1,3})\.(\d{1,3})(?!\S)")
"""The enhanced status code with which a permanent reply's text begins (RFC 2034)."""

_ABOUT_MAIL = {1, 2, 4, 6}
_ABOUT_US = {3, 5, 7}
"""Subjects of enhanced codes (RFC 3463): address, mailbox, route and content; and the mail system,
the protocol, and security and policy, such as a relay that is denied or a sender's bad reputation.
"""

_EXCEPTIONS = {(1, 7): False, (1, 8): False, (3, 4): True}
"""Whether they are about the mail: bad sender's address (RFC 3463), message too big."""

_LOOPBACK = {"127.0.0.1", "::1", "localhost"}
_OPTIONAL_TLS = {"starttls": ["optional"]}

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


class SmtpMailer:
    """`Mailer` over SMTP, with one connection per mail. Safe to use from several threads."""

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

    def send(self, mail: OutgoingMail) -> None:
        """See `Mailer`."""
        message = self._compose(mail)
        try:
            connection = self._connect()
            try:
                self._secure(connection)
                connection.sendmail(self._sender_address, [mail.to], message)
            finally:
                # The mail is delivered already, whatever happens to QUIT.
                with suppress(OSError, smtplib.SMTPException):
                    connection.quit()
        except _NoTlsError:
            raise MailUnavailableError(
                f"Could not send mail {mail.message_id}: the mail server does not offer STARTTLS, "
                "and mails are not sent in plain text. Correct that, or end SMTP_URL with "
                "?starttls=optional if the network is trusted."
            ) from None
        except (OSError, smtplib.SMTPException, UnicodeError) as error:
            _raise(error, mail)

    def _compose(self, mail: OutgoingMail) -> bytes:
        """Raises `MailRejectedError` for whatever the library can't write, or would change."""
        if _only_address(mail.to) != mail.to:
            raise MailRejectedError(mail.message_id, "the customer's address is invalid")
        try:
            return self._message(mail).as_bytes()
        except Exception as error:  # noqa: BLE001  the library raises many types
            # E.g. a line break in a header.
            reason = f"the mail can't be written ({type(error).__name__})"
            raise MailRejectedError(mail.message_id, reason) from None

    def _message(self, mail: OutgoingMail) -> EmailMessage:
        message = EmailMessage(policy=SMTP_POLICY)
        message["Date"] = datetime.now(UTC)
        message["Message-ID"] = f"<{message_id(mail.message_id)}@{self._domain}>"
        message["From"] = self._sender
        message["To"] = mail.to
        message["Subject"] = mail.subject
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(mail.text)
        return message

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
    header = EmailMessage(policy=SMTP_POLICY)
    try:
        header["To"] = text
        to: Any = header["To"]
        addresses: Sequence[Address] = to.addresses
        is_sound = len(addresses) == 1 and not to.defects
    except Exception:  # noqa: BLE001  the library raises many types, e.g. IndexError
        return None
    return addresses[0].addr_spec if is_sound else None


def message_id(key: str) -> str:
    """The local part of a Message-ID; characters that RFC 5322 does not allow become `=XX`."""
    return _NOT_ATEXT.sub(lambda found: "".join(f"={byte:02X}" for byte in found[0].encode()), key)


def _raise(error: OSError | smtplib.SMTPException | UnicodeError, mail: OutgoingMail) -> NoReturn:
    """Raise without the server's text, which quotes the customer's address."""
    reason = ", ".join(map(_code_text, _replies(error))) or type(error).__name__
    if _is_about_the_mail(error):
        refused = f"the mail server refused it ({reason}); check the customer's address"
        raise MailRejectedError(mail.message_id, refused) from None
    refused = f"the mail server did not accept it ({reason})"
    advice = "Check the mail server's settings" if _is_about_us(error) else "Send it again"
    message = f"Could not send mail {mail.message_id}: {refused}. {advice}."
    if _is_put_off(error):
        raise MailDeferredError(message, refused) from None
    raise MailUnavailableError(message) from None


def _is_about_the_mail(error: Exception) -> bool:
    """Whether the server refused this recipient or this message permanently.

    Operators correct other refusals (of our login, our sender, our host) in the settings, so the
    mail must be kept until then.
    """
    if not isinstance(error, _OF_THE_MAIL):
        return False
    of_mail = _OF_CONTENT if isinstance(error, smtplib.SMTPDataError) else _OF_RECIPIENT
    return all(_is_of_mail(code, text, of_mail) for code, text in _replies(error))


def _is_of_mail(code: int, text: bytes, of_mail: set[int]) -> bool:
    if code < _PERMANENT:
        return False
    if enhanced := _ENHANCED.match(text):
        subject, detail = int(enhanced[1]), int(enhanced[2])
        if subject in _ABOUT_MAIL | _ABOUT_US:
            return _EXCEPTIONS.get((subject, detail), subject in _ABOUT_MAIL)
    return code in of_mail


def _is_put_off(error: Exception) -> bool:
    """Whether the server may accept this recipient or this message later."""
    return isinstance(error, _OF_THE_MAIL) and _CLOSING not in _codes(error)


def _is_about_us(error: Exception) -> bool:
    """Whether a retry can succeed only after an operator changed the settings."""
    # `UnicodeError`: the server's name or our password can't be written as the protocol demands.
    ours = isinstance(
        error, smtplib.SMTPNotSupportedError | ssl.SSLCertVerificationError | UnicodeError
    )
    return ours or any(code >= _PERMANENT for code in _codes(error))


def _codes(error: Exception) -> list[int]:
    return [code for code, _ in _replies(error)]


def _replies(error: Exception) -> list[tuple[int, bytes]]:
    """The codes and texts of the server's replies, if it replied."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return list(error.recipients.values())
    if isinstance(error, smtplib.SMTPResponseException):
        text = error.smtp_error
        return [(error.smtp_code, text.encode() if isinstance(text, str) else text)]
    return []


def _code_text(reply: tuple[int, bytes]) -> str:
    """Without the rest of the text."""
    code, text = reply
    enhanced = _ENHANCED.match(text)
    return f"{code} {enhanced[0].decode()}" if enhanced else str(code)
