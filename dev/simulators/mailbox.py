"""The mailbox: receives mail over SMTP and shows it over HTTP: at `/` to people.

A message is stored once per recipient: another delivery with the same Message-ID is only counted,
as by mailboxes with duplicate suppression (RFC 7352).

Faults affect SMTP: `down` answers 451, `error_500` refuses the recipient with 554, `lose_answer`
stores the message and cuts the connection, `slow` and `hold` wait before storing it.
"""

import asyncio
import email
import email.policy
import uuid
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from socket import socket

from aiosmtpd.smtp import SMTP, Envelope, Session
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from dev.simulators.database import Database
from dev.simulators.faults import PATH, Faults, Mode
from dev.simulators.mailbox_page import SHOWN, render
from dev.simulators.server import arguments, listening, port_number, serve

SCHEMA = """
CREATE TABLE IF NOT EXISTS messages (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL,
    sender TEXT NOT NULL,
    recipient TEXT NOT NULL,
    subject TEXT NOT NULL,
    text TEXT NOT NULL,
    received_at TEXT NOT NULL,
    deliveries INTEGER NOT NULL DEFAULT 1,
    UNIQUE (id, recipient)
);
"""

SMTP_PATH = "smtp"


class Mailbox:
    """Every recipient's mail in one SQLite file; also aiosmtpd's handler."""

    def __init__(self, path: Path, smtp: socket) -> None:
        """Opens the database; accepts SMTP at the socket while the application runs."""
        self._database = Database(path, SCHEMA)
        self._faults = Faults()
        self._smtp = smtp

    def asgi(self) -> ASGIApp:
        """The application to serve."""
        routes = [
            Route("/", self.show),
            Route("/healthz", _healthz),
            Route("/messages", self.list_messages),
            Route("/messages", self.clear_messages, methods=["DELETE"]),
            Route(PATH, self._faults.serve, methods=["GET", "POST", "DELETE"]),
        ]
        return Starlette(routes=routes, lifespan=self._listen)

    async def show(self, request: Request) -> Response:
        """`GET /`: a page with the newest mails; `to` selects one recipient."""
        recipient = request.query_params.get("to")
        newest = self._database.all(
            "SELECT * FROM messages WHERE recipient = coalesce(?, recipient)"
            " ORDER BY seq DESC LIMIT ?",
            recipient,
            SHOWN,
        )
        return render(newest, recipient)

    async def list_messages(self, request: Request) -> Response:
        """`GET /messages`: all, oldest first; `to` selects one recipient.

        With `limit` a page, `after` the last page's `next`.
        """
        limit = int(request.query_params.get("limit", -1))
        rows = self._database.all(
            'SELECT id, sender AS "from", recipient AS "to", subject, text, received_at,'
            " deliveries, seq FROM messages"
            " WHERE recipient = coalesce(?, recipient) AND seq > ? ORDER BY seq LIMIT ?",
            request.query_params.get("to"),
            int(request.query_params.get("after", 0)),
            limit,
        )
        messages = [dict(row) for row in rows]
        last = [message.pop("seq") for message in messages][-1:]
        return JSONResponse(
            {"messages": messages, "next": last[0] if len(messages) == limit else None}
        )

    async def clear_messages(self, _request: Request) -> Response:
        """`DELETE /messages`: deletes all messages."""
        with self._database.transaction():
            self._database.execute("DELETE FROM messages")
        return Response(status_code=204)

    async def handle_MAIL(  # noqa: N802  aiosmtpd finds its hooks by these names
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Begins a message."""
        if self._faults.strikes(Mode.DOWN, SMTP_PATH):
            return "451 4.3.0 Temporarily unavailable: the fault `down` is in force"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Adds a recipient."""
        if self._faults.strikes(Mode.ERROR_500, SMTP_PATH):
            return "554 5.1.1 Refused: the fault `error_500` is in force"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Stores a message."""
        await self._faults.pause(SMTP_PATH)
        self._store(envelope)
        if self._faults.strikes(Mode.LOSE_ANSWER, SMTP_PATH) and server.transport:
            server.transport.close()
        return "250 2.0.0 Kept"

    def _store(self, envelope: Envelope) -> None:
        content = envelope.original_content or b""
        message = email.message_from_bytes(content, _class=EmailMessage, policy=email.policy.SMTP)
        body = message.get_body(("plain",))
        text = str(body.get_content()).replace("\r\n", "\n") if body else ""
        id = str(message["Message-ID"] or f"<{uuid.uuid4()}@mailbox>").strip()
        with self._database.transaction():
            for recipient in envelope.rcpt_tos:
                self._database.execute(
                    "INSERT INTO messages (id, sender, recipient, subject, text, received_at)"
                    " VALUES (?, ?, ?, ?, ?, ?)"
                    " ON CONFLICT (id, recipient) DO UPDATE SET deliveries = deliveries + 1,"
                    " subject = excluded.subject, text = excluded.text",
                    id,
                    envelope.mail_from,
                    recipient,
                    str(message["Subject"] or ""),
                    text,
                    datetime.now(UTC).isoformat(),
                )

    @asynccontextmanager
    async def _listen(self, _app: Starlette) -> AsyncGenerator[None]:
        def protocol() -> SMTP:
            return SMTP(self, hostname="mailbox", enable_SMTPUTF8=True)

        loop = asyncio.get_running_loop()
        server = await loop.create_server(protocol, sock=self._smtp)
        try:
            yield
        finally:
            server.close()


async def _healthz(_request: Request) -> Response:
    return JSONResponse({"status": "ok"})


if __name__ == "__main__":
    parser = arguments("A mailbox: SMTP in, HTTP out.", port=8104)
    parser.add_argument("--smtp-port", type=port_number, default=8103, help="SMTP port")
    given = parser.parse_args()
    smtp = listening(given.host, given.smtp_port)
    serve(Mailbox(given.db, smtp).asgi(), given.host, given.port)
