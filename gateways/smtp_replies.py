"""What an SMTP server's refusal is about: the mail, the server itself, or us."""

import re
import smtplib
import ssl

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


def is_about_the_mail(error: Exception) -> bool:
    """Whether the server refused this recipient or this message permanently.

    Operators correct other refusals (of our login, our sender, our host) in the settings, so the
    mail must be kept until then.
    """
    if not isinstance(error, _OF_THE_MAIL):
        return False
    of_mail = _OF_CONTENT if isinstance(error, smtplib.SMTPDataError) else _OF_RECIPIENT
    return all(_is_of_mail(code, text, of_mail) for code, text in replies(error))


def _is_of_mail(code: int, text: bytes, of_mail: set[int]) -> bool:
    if code < _PERMANENT:
        return False
    if enhanced := _ENHANCED.match(text):
        subject, detail = int(enhanced[1]), int(enhanced[2])
        if subject in _ABOUT_MAIL | _ABOUT_US:
            return _EXCEPTIONS.get((subject, detail), subject in _ABOUT_MAIL)
    return code in of_mail


def is_put_off(error: Exception) -> bool:
    """Whether the server may accept this recipient or this message later."""
    return isinstance(error, _OF_THE_MAIL) and _CLOSING not in _codes(error)


def is_about_us(error: Exception) -> bool:
    """Whether a retry can succeed only after an operator changed the settings."""
    # `UnicodeError`: the server's name or our password can't be written as the protocol demands.
    ours = isinstance(
        error, smtplib.SMTPNotSupportedError | ssl.SSLCertVerificationError | UnicodeError
    )
    return ours or any(code >= _PERMANENT for code in _codes(error))


def _codes(error: Exception) -> list[int]:
    return [code for code, _ in replies(error)]


def replies(error: Exception) -> list[tuple[int, bytes]]:
    """The codes and texts of the server's replies, if it replied."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return list(error.recipients.values())
    if isinstance(error, smtplib.SMTPResponseException):
        text = error.smtp_error
        return [(error.smtp_code, text.encode() if isinstance(text, str) else text)]
    return []


def code_text(reply: tuple[int, bytes]) -> str:
    """The reply's code, and its enhanced one; without the rest of the text, which may quote."""
    code, text = reply
    enhanced = _ENHANCED.match(text)
    return f"{code} {enhanced[0].decode()}" if enhanced else str(code)
