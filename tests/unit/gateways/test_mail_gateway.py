"""The SMTP adapter against the mailbox simulator, which is a process of its own."""

import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from email.utils import parsedate_to_datetime
from io import RawIOBase
from pathlib import Path
from threading import Thread
from typing import Any, Self
from uuid import uuid4

import httpx
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from gateways.mail import (
    MailDeferredError,
    Mailer,
    MailRejectedError,
    MailUnavailableError,
    OutgoingMail,
    SmtpMailer,
)
from tests.support.processes import free_port
from tests.support.simulators import Simulator

SENDER = "shop@shop.example"


@pytest.fixture
def mailer(mailbox: Simulator) -> Iterator[Mailer]:
    with closing(SmtpMailer(mailbox.smtp_url, SENDER)) as mailer:
        yield mailer


@pytest.fixture
def mail() -> OutgoingMail:
    """A mail that no test sent before."""
    id = uuid4()
    return OutgoingMail(
        f"payment:{id}:reminder:1", f"{id}@example.com", "Grüße", "Eins.\n\nZwei: ü.\n"
    )


def send(url: str, mail: OutgoingMail) -> None:
    """Over a connection of its own."""
    with closing(SmtpMailer(url, SENDER)) as mailer:
        mailer.send(mail)


def received(mailbox: Simulator, mail: OutgoingMail) -> list[dict[str, Any]]:
    return httpx.get(f"{mailbox.url}/messages", params={"to": mail.to}, timeout=60).json()[
        "messages"
    ]


def test_a_mail_arrives_once_however_often_it_is_sent(
    mailbox: Simulator, mailer: Mailer, mail: OutgoingMail
) -> None:
    mailer.send(mail)
    mailer.send(mail)
    [message] = received(mailbox, mail)
    assert message["id"] == f"<{mail.message_id.replace(':', '=3A')}@shop.example>"
    assert (message["from"], message["subject"], message["text"]) == (SENDER, "Grüße", mail.text)
    assert message["deliveries"] == 2


def test_ids_are_kept_apart_however_odd_and_long(
    mailbox: Simulator, mailer: Mailer, mail: OutgoingMail
) -> None:
    ids = ["a b", "a=20b", "a\u00fcb", "x" * 300]
    for id in ids:
        mailer.send(OutgoingMail(id, mail.to, "Odd", "."))
    got = {message["id"] for message in received(mailbox, mail)}
    assert len(got) == len(ids)
    assert f"<{'x' * 300}@shop.example>" in got


def test_a_lost_answer_is_sent_again(
    mailbox: Simulator, mailer: Mailer, mail: OutgoingMail
) -> None:
    mailbox.fault("lose_answer", times=1)
    with pytest.raises(MailUnavailableError):
        mailer.send(mail)
    mailer.send(mail)
    assert [message["deliveries"] for message in received(mailbox, mail)] == [2]


def test_down_is_a_fault(mailbox: Simulator, mailer: Mailer, mail: OutgoingMail) -> None:
    mailbox.fault("down")
    with pytest.raises(MailUnavailableError, match="451") as fault:
        mailer.send(mail)
    assert mail.to not in str(fault.value)


def test_a_slow_server_is_given_up(mailbox: Simulator, mail: OutgoingMail) -> None:
    mailbox.fault("slow", seconds=600)
    with pytest.raises(MailUnavailableError):
        SmtpMailer(mailbox.smtp_url, SENDER, timeout_seconds=0.2).send(mail)


def test_a_server_that_is_not_there_is_a_fault(mail: OutgoingMail) -> None:
    with pytest.raises(MailUnavailableError, match="ConnectionRefusedError"):
        send(f"smtp://127.0.0.1:{free_port()}", mail)


def test_a_permanent_refusal_is_not_retryable(
    mailbox: Simulator, mailer: Mailer, mail: OutgoingMail
) -> None:
    mailbox.fault("error_500")
    with pytest.raises(MailRejectedError, match="554") as rejected:
        mailer.send(mail)
    assert mail.to not in str(rejected.value)


@pytest.mark.parametrize(
    "change", [{"to": "a@example.com\r\nBcc: b@example.com"}, {"subject": "a\nb"}]
)
def test_headers_cannot_be_smuggled_in(
    mailer: Mailer, mail: OutgoingMail, change: dict[str, str]
) -> None:
    fields = {"message_id": mail.message_id, "to": mail.to, "subject": "Hi", "text": "."} | change
    with pytest.raises(MailRejectedError) as rejected:
        mailer.send(OutgoingMail(**fields))
    assert "example.com" not in str(rejected.value)


@pytest.mark.parametrize(
    "address",
    [
        "=?utf-8?q??=@x.com",
        "=?utf-8?q?gonzo=40example.org?=@x.com",
        "a..b@x.com",
        "a@x.com, b@x.com",
        "a\x00@x.com",
        "gonzo\ud800@x.com",
        "g\u00f6nzo@x.com",
        "",
        "a" * 70_000,
    ],
)
def test_an_address_that_mail_cannot_be_sent_to_is_refused_before_anything_is_sent(
    address: str,
) -> None:
    nobody = SmtpMailer(f"smtp://127.0.0.1:{free_port()}", SENDER)
    with pytest.raises(MailRejectedError) as rejected:
        nobody.send(OutgoingMail("payment:p:received", address, "Hi", "."))
    assert rejected.value.reason == "the customer's address is invalid"


@pytest.mark.parametrize("change", [{"subject": "\ud800"}, {"text": "\ud800"}])
def test_a_mail_that_cannot_be_written_is_refused(
    mailer: Mailer, mail: OutgoingMail, change: dict[str, str]
) -> None:
    with pytest.raises(MailRejectedError, match="can't be written"):
        mailer.send(replace(mail, **change))


def test_an_over_long_subject_and_text_arrive(
    mailbox: Simulator, mailer: Mailer, mail: OutgoingMail
) -> None:
    mailer.send(replace(mail, subject="x" * 5000, text="y" * 50_000))
    [message] = received(mailbox, mail)
    assert (len(message["subject"]), message["text"].strip()) == (5000, "y" * 50_000)


@pytest.mark.parametrize(
    "subject", ["=?", "x=?utf-8?q?y?=", "a\tb\x1b", "ü" * 200, "a b " * 50, ""]
)
@pytest.mark.parametrize(
    "text", [".\n..\n", "From us\n=3D \t\n\n", "ü" * 2000 + "\r\nu\rv\x0bw", ""]
)
def test_a_mail_arrives_as_written_in_lines_that_every_server_takes(
    mail: OutgoingMail, subject: str, text: str
) -> None:
    with LoginServer(certificate=None) as server:
        url = server.url.replace("us%40er:secret@", "")
        send(url, replace(mail, subject=subject, text=text))
        [message] = server.messages
    assert server.longest_line <= 98  # that of the Message-ID
    assert str(make_header(decode_header(message["Subject"]))) == subject
    assert max(map(len, f"Subject: {message['Subject']}".splitlines())) <= 76
    payload = message.get_payload(decode=True)
    assert isinstance(payload, bytes)
    assert payload.splitlines() == text.encode().splitlines()


def test_a_line_break_at_the_end_of_the_sender_is_refused() -> None:
    with pytest.raises(ValueError, match="MAIL_FROM"):
        SmtpMailer("smtp://localhost", f"{SENDER}\n")


class LoginServer:
    """A mail server that offers a login, and records the credentials that it receives."""

    def __init__(self, certificate: Path | None) -> None:
        self.logins: list[tuple[str, str]] = []
        self.connections = 0
        self.mails_per_connection = 100
        self.recipients: list[str] = []
        self.messages: list[Message] = []
        self.longest_line = 0
        tls = None
        if certificate:
            tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            tls.load_cert_chain(certificate)
        self._controller = Controller(
            self,
            hostname="localhost",
            port=free_port(),
            tls_context=tls,
            authenticator=self._authenticate,
            auth_require_tls=False,
        )
        self.url = f"smtp://us%40er:secret@localhost:{self._controller.port}"

    def _authenticate(self, *args: Any) -> AuthResult:
        given: LoginPassword = args[-1]
        self.logins.append((given.login.decode(), given.password.decode()))
        return AuthResult(success=given.password == b"secret", handled=False)

    async def handle_EHLO(  # noqa: N802  aiosmtpd finds its hooks by these names
        self,
        _server: SMTP,
        session: Session,
        _envelope: Envelope,
        hostname: str,
        answers: list[str],
    ) -> list[str]:
        session.host_name = hostname
        self.connections += 1
        self._left = self.mails_per_connection
        return answers

    async def handle_MAIL(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        if not self._left:
            return "421 Too many mails"
        self._left -= 1
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802  aiosmtpd finds its hooks by these names
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        envelope.rcpt_tos.append(address)
        self.recipients.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.original_content or b""
        self.longest_line = max(map(len, content.splitlines()))
        self.messages.append(message_from_bytes(content))
        return "250 OK"

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()


def test_a_password_is_not_sent_in_clear(mail: OutgoingMail) -> None:
    with LoginServer(certificate=None) as server:
        with pytest.raises(MailUnavailableError) as fault:
            send(server.url, mail)
        assert server.logins == []
        assert "secret" not in str(fault.value)


def test_mails_share_a_connection_until_it_is_closed(mail: OutgoingMail) -> None:
    with LoginServer(certificate=None) as server:
        with closing(SmtpMailer(server.url.replace("us%40er:secret@", ""), SENDER)) as mailer:
            for _ in range(3):
                mailer.send(mail)
            assert (server.connections, len(server.messages)) == (1, 3)
            mailer.close()
            mailer.send(mail)
        assert (server.connections, len(server.messages)) == (2, 4)


def test_a_server_may_close_the_connection_after_some_mails(mail: OutgoingMail) -> None:
    with LoginServer(certificate=None) as server:
        server.mails_per_connection = 2
        with closing(SmtpMailer(server.url.replace("us%40er:secret@", ""), SENDER)) as mailer:
            for _ in range(5):
                mailer.send(mail)
        assert (server.connections, len(server.messages)) == (3, 5)


def test_a_new_connection_that_is_closed_is_a_fault(mail: OutgoingMail) -> None:
    with LoginServer(certificate=None) as server:
        server.mails_per_connection = 0
        with pytest.raises(MailUnavailableError, match="421"):
            send(server.url.replace("us%40er:secret@", ""), mail)
        assert (server.connections, server.messages) == (1, [])


def test_each_mail_bears_its_date_and_says_that_no_person_wrote_it(mail: OutgoingMail) -> None:
    with LoginServer(certificate=None) as server:
        send(server.url.replace("us%40er:secret@", ""), mail)
        send(server.url.replace("us%40er:secret@", ""), mail)
        first, second = server.messages
    assert abs(parsedate_to_datetime(first["Date"]) - datetime.now(UTC)) < timedelta(minutes=5)
    assert first["Auto-Submitted"] == "auto-generated"
    assert first["Message-ID"] == second["Message-ID"]


def test_beyond_loopback_nothing_is_sent_without_tls(
    mail: OutgoingMail, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name stands for another machine; it is resolved to the server of this test."""
    resolve = socket.getaddrinfo
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda _host, *rest, **how: resolve("localhost", *rest, **how)
    )
    with LoginServer(certificate=None) as server:
        url = server.url.replace("us%40er:secret@localhost", "mail.example")
        with pytest.raises(MailUnavailableError, match=r"STARTTLS.*starttls=optional"):
            send(url, mail)
        assert (server.recipients, server.messages) == ([], [])
        send(f"{url}?starttls=optional", mail)
        assert server.recipients == [mail.to]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of localhost and its key in one file, signed by itself."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed; TLS and login are not checked")
    path = tmp_path_factory.mktemp("tls") / "localhost.pem"
    subprocess.run(
        [
            openssl,
            *("req", "-x509", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-days", "2"),
            *("-keyout", str(path), "-out", str(path)),
        ],
        check=True,
        capture_output=True,
    )
    return path


def test_it_logs_in_over_tls(
    certificate: Path, mail: OutgoingMail, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with LoginServer(certificate) as server:
        send(server.url, mail)
        assert server.logins == [("us@er", "secret")]
        assert server.recipients == [mail.to]
        with pytest.raises(MailUnavailableError, match=r"535.*settings"):
            send(server.url.replace("secret", "wrong"), mail)


def test_an_untrusted_certificate_is_a_fault(certificate: Path, mail: OutgoingMail) -> None:
    with LoginServer(certificate) as server:
        with pytest.raises(MailUnavailableError, match="SSLCertVerificationError"):
            send(server.url, mail)
        assert server.logins == []


class RefusingServer:
    """A mail server that answers one command with a refusal for ever."""

    def __init__(self, command: bytes, code: int, enhanced: str = "") -> None:
        self._command, self._code = command, code
        self._enhanced = f"{enhanced} ".encode() if enhanced else b""
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._thread = Thread(target=self._serve)
        self.url = f"smtp://127.0.0.1:{self._socket.getsockname()[1]}"

    def _serve(self) -> None:
        connection, _ = self._socket.accept()
        with connection, connection.makefile("rwb", buffering=0) as stream:
            self._answer(stream, b"", 220)
            in_data = False
            for line in stream:
                command = b"." if in_data and line == b".\r\n" else line[:4].upper()
                if in_data and command != b".":
                    continue
                in_data = command == b"DATA" and self._command != b"DATA"
                self._answer(stream, command, 354 if in_data else 250)

    def _answer(self, stream: RawIOBase, command: bytes, code: int) -> None:
        refused = self._command == command or {self._command, command} == {b"EHLO", b"HELO"}
        if refused:
            stream.write(b"%d-%skermit@example.com\r\n" % (self._code, self._enhanced))
            stream.write(b"%d %sis refused\r\n" % (self._code, self._enhanced))
        else:
            stream.write(b"%d kermit@example.com\r\n" % code)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.join(10)
        self._socket.close()


@pytest.mark.parametrize(
    ("command", "code"), [(b"", 554), (b"EHLO", 550), (b"MAIL", 550), (b"MAIL", 530)]
)
def test_what_it_refuses_of_us_is_a_fault(command: bytes, code: int, mail: OutgoingMail) -> None:
    with RefusingServer(command, code) as server:
        with pytest.raises(MailUnavailableError, match=rf"{code}.*settings") as fault:
            SmtpMailer(server.url, SENDER, timeout_seconds=60).send(mail)
        assert "kermit" not in str(fault.value)


@pytest.mark.parametrize("command", [b"RCPT", b"DATA", b"."])
def test_a_refusal_of_the_mail_is_permanent_or_temporary(
    command: bytes, mail: OutgoingMail
) -> None:
    with (
        RefusingServer(command, 550) as server,
        pytest.raises(MailRejectedError, match=r"550.*address"),
    ):
        SmtpMailer(server.url, SENDER, timeout_seconds=60).send(mail)
    with (
        RefusingServer(command, 450) as server,
        pytest.raises(MailDeferredError, match=r"450.*again") as deferral,
    ):
        SmtpMailer(server.url, SENDER, timeout_seconds=60).send(mail)
    assert deferral.value.reason == "the mail server did not accept it (450)"


@pytest.mark.parametrize(
    ("command", "code", "enhanced"),
    [
        (b"RCPT", 550, "5.7.1"),  # relaying denied
        (b"RCPT", 554, "5.7.1"),  # blocked
        (b"RCPT", 554, "5.7.27"),  # our domain sends no mail
        (b"RCPT", 550, "5.1.8"),  # our sender's domain
        (b"RCPT", 550, "5.3.2"),  # the system takes no mail
        (b"RCPT", 530, "5.7.0"),
        (b"RCPT", 530, ""),
        (b"RCPT", 554, ""),
        (b"RCPT", 503, "5.5.1"),
        (b"DATA", 503, ""),
        (b"DATA", 554, "5.7.1"),
        (b".", 550, "5.7.26"),  # SPF and DKIM failed
        (b".", 554, "5.7.1"),
        (b".", 554, "5.3.0"),
    ],
)
def test_a_refusal_of_us_puts_the_mail_off(
    command: bytes, code: int, enhanced: str, mail: OutgoingMail
) -> None:
    """An operator corrects it; the mail is not lost until then."""
    with (
        RefusingServer(command, code, enhanced) as server,
        pytest.raises(MailDeferredError, match=r"settings") as deferral,
    ):
        SmtpMailer(server.url, SENDER, timeout_seconds=60).send(mail)
    codes = f"{code} {enhanced}".strip()
    assert deferral.value.reason == f"the mail server did not accept it ({codes})"


@pytest.mark.parametrize(
    ("command", "code", "enhanced"),
    [
        (b"RCPT", 550, "5.1.1"),
        (b"RCPT", 554, "5.1.2"),
        (b"RCPT", 552, "5.2.2"),
        (b"RCPT", 550, "5.4.1"),
        (b"RCPT", 550, "5.0.0"),
        (b"RCPT", 550, "5.7.1x"),  # no code, but text
        (b"RCPT", 501, ""),
        (b"RCPT", 553, ""),
        (b"RCPT", 556, "5.1.10"),
        (b".", 552, "5.3.4"),
        (b".", 554, "5.6.0"),
        (b".", 554, ""),
    ],
)
def test_a_refusal_of_this_mail_parks_it(
    command: bytes, code: int, enhanced: str, mail: OutgoingMail
) -> None:
    with (
        RefusingServer(command, code, enhanced) as server,
        pytest.raises(MailRejectedError, match=rf"\({code}.*address") as rejected,
    ):
        SmtpMailer(server.url, SENDER, timeout_seconds=60).send(mail)
    assert "kermit" not in str(rejected.value)


@pytest.mark.parametrize(
    ("command", "code"),
    [(b"", 421), (b"EHLO", 450), (b"MAIL", 451), (b"RCPT", 421), (b"DATA", 421), (b".", 421)],
)
def test_a_server_that_takes_no_mail_at_all_says_nothing_about_this_one(
    command: bytes, code: int, mail: OutgoingMail
) -> None:
    with RefusingServer(command, code) as server:
        with pytest.raises(MailUnavailableError) as fault:
            SmtpMailer(server.url, SENDER, timeout_seconds=60).send(mail)
        assert not isinstance(fault.value, MailDeferredError)


@pytest.mark.parametrize(
    "url", ["http://localhost", "smtp:", "localhost:25", "smtp://x?starttls=never", "smtp://x?tls"]
)
def test_other_urls_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"^SMTP_URL (must be smtp://|has no other option)"):
        SmtpMailer(url, SENDER)


@pytest.mark.parametrize("sender", ["", "orders", "a@x.com, b@x.com", "=?utf-8?q??=@x.com"])
def test_other_senders_are_refused(sender: str) -> None:
    with pytest.raises(ValueError, match=r"^MAIL_FROM "):
        SmtpMailer("smtp://localhost", sender)


@pytest.mark.parametrize("url", ["smtp://mail..example.com:25", f"smtp://{'x' * 64}.example.com"])
def test_a_servers_name_that_is_none_is_no_fault_of_the_mail(url: str, mail: OutgoingMail) -> None:
    with pytest.raises(MailUnavailableError, match="Check the mail server's settings"):
        SmtpMailer(url, SENDER, timeout_seconds=60).send(mail)
