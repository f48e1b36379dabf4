"""Sending mail, over SMTP."""

import re
import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from typing import NoReturn, Protocol
from urllib.parse import unquote, urlsplit

_PERMANENT = 500
"""Reply codes from here on are permanent, lower ones are temporary (RFC 5321, 4.2.1)."""

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


class MailRejectedError(Exception):
    """The mail server refuses the mail for good, because of its content or its recipient."""


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

        Over `smtp://` TLS begins if the server offers it (STARTTLS); without TLS no password is
        sent. `sender` is the sender's address, whose domain is also that of the Message-IDs. Raises
        `ValueError` for any other URL.
        """
        parts = urlsplit(url)
        if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
            raise ValueError("The mail server's URL must be smtp://host:port or smtps://host:port.")
        self._tls = parts.scheme == "smtps"
        self._host = parts.hostname
        self._port = parts.port or (465 if self._tls else 25)
        self._user = unquote(parts.username or "")
        self._password = unquote(parts.password or "")
        self._sender = sender
        self._domain = sender.rpartition("@")[2]
        self._timeout = timeout_seconds

    def send(self, mail: OutgoingMail) -> None:
        """See `Mailer`."""
        try:
            message = self._message(mail)
        except ValueError:
            raise MailRejectedError(
                f"Could not write mail {mail.message_id}: a header has a line break, or the "
                "address is invalid. Correct the customer's data."
            ) from None
        try:
            connection = self._connect()
            try:
                self._secure(connection)
                connection.send_message(message)
            finally:
                # The mail is delivered already, whatever happens to QUIT.
                with suppress(OSError, smtplib.SMTPException):
                    connection.quit()
        except (OSError, smtplib.SMTPException) as error:
            _raise(error, mail)

    def _message(self, mail: OutgoingMail) -> EmailMessage:
        message = EmailMessage(policy=SMTP_POLICY)
        message["Message-ID"] = f"<{message_id(mail.message_id)}@{self._domain}>"
        message["From"] = self._sender
        message["To"] = mail.to
        message["Subject"] = mail.subject
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
        elif not self._tls and self._user:
            raise smtplib.SMTPNotSupportedError(
                "no STARTTLS: the password is not sent in plain text"
            )
        if self._user:
            connection.login(self._user, self._password)


def message_id(key: str) -> str:
    """The local part of a Message-ID; characters that RFC 5322 does not allow become `=XX`."""
    return _NOT_ATEXT.sub(lambda found: "".join(f"={byte:02X}" for byte in found[0].encode()), key)


def _raise(error: OSError | smtplib.SMTPException, mail: OutgoingMail) -> NoReturn:
    """Raise without the server's text, which quotes the customer's address."""
    reason = ", ".join(str(code) for code in _codes(error)) or type(error).__name__
    if _is_about_the_mail(error):
        raise MailRejectedError(
            f"Could not send mail {mail.message_id}: the mail server refused it ({reason}). "
            "Check the customer's address."
        ) from None
    advice = "Check the mail server's settings" if _is_about_us(error) else "Send it again"
    raise MailUnavailableError(
        f"Could not send mail {mail.message_id}: the mail server did not accept it ({reason}). "
        f"{advice}."
    ) from None


def _is_about_the_mail(error: OSError | smtplib.SMTPException) -> bool:
    """Whether the server refused this recipient or this message permanently.

    Operators correct other refusals (of our login, our sender, our host) in the settings, so the
    mail must be kept until then.
    """
    of_the_mail = isinstance(error, smtplib.SMTPRecipientsRefused | smtplib.SMTPDataError)
    return of_the_mail and all(code >= _PERMANENT for code in _codes(error))


def _is_about_us(error: OSError | smtplib.SMTPException) -> bool:
    """Whether a retry can succeed only after an operator changed the settings."""
    ours = isinstance(error, smtplib.SMTPNotSupportedError | ssl.SSLCertVerificationError)
    return ours or any(code >= _PERMANENT for code in _codes(error))


def _codes(error: OSError | smtplib.SMTPException) -> list[int]:
    """The server's reply codes, if it replied."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return [code for code, _ in error.recipients.values()]
    if isinstance(error, smtplib.SMTPResponseException):
        return [error.smtp_code]
    return []
