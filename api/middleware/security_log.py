"""The security log: who did what from where, with which outcome; one JSON object a line.

It has an entry for every refused login and refused permission, and for every request to a route
that changes something, whatever its outcome. It has no bodies, tokens or headers of a request, and
no id that does not look like one of ours.
"""

import asyncio
import json
import logging
import re
import time
from collections import Counter
from datetime import UTC, datetime
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.auth.scopes import Caller
from api.infrastructure.connection_limits import client_address, parse_address
from api.response_headers import CORRELATION_ID, correlation_id
from domain.card_numbers import looks_like_a_card_number

CHANGES = {
    ("POST", "/customers"): "customer created",
    ("POST", "/customers/{id}/credits"): "credit given",
    ("PUT", "/customers/{id}/card"): "customer's card updated",
    ("PUT", "/products/{sku}"): "product changed",
    ("POST", "/orders"): "order placed",
    ("POST", "/orders/{id}/cancel"): "order canceled",
    ("POST", "/payments"): "payment requested",
    ("PUT", "/payments/{id}/card"): "payment's card updated",
    ("PUT", "/card-update"): "card updated by link",
    ("POST", "/payments/{id}/refunds"): "refund requested",
    ("POST", "/payments/{id}/refunds/{reference}/settle"): "refund settled outside",
    ("POST", "/decode"): "payloads decrypted",
    ("POST", "/encode"): "payloads encrypted",
}
"""What changes are called, by method and route; those under /dev have one name."""

UNLOGGED = {
    ("POST", "/webhooks/stripe"): "signed by the card provider, and in the events of its payment; "
    "only refusals are logged, of which strangers can cause any number",
}
"""Changes that are not logged whatever their outcome, and why."""

_READING = {"GET", "HEAD", "OPTIONS"}

REFUSALS = {
    401: "login refused",
    403: "permission refused",
    421: "host refused",
    429: "limit reached",
}
SIGNATURE_REFUSED = 400
"""Of a webhook."""

REFUSALS_PER_MINUTE = 30
"""Entries for each address: guessing fills no disk. How many more there were is logged after."""

MOST_ADDRESSES = 10_000

_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._:-]{0,99}")
_REASON = re.compile(r'error_description="([^"]*)"')

log = logging.getLogger("security")


class SecurityLog:
    """Gives every request an id, which the response names, and logs those that matter."""

    def __init__(self, app: ASGIApp) -> None:
        """Logs the requests to `app`."""
        self._app = app
        self._refusals = RefusalBudget()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] == "lifespan":
            try:
                await self._app(scope, receive, send)
            finally:
                self._refusals.report()
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        id = correlation_id(scope)
        responded = False

        async def logging_send(message: Message) -> None:
            nonlocal responded
            if message["type"] == "http.response.start":
                responded = True
                headers = MutableHeaders(scope=message)
                headers[CORRELATION_ID] = id
                self._log(scope, id, message["status"], headers)
            await send(message)

        try:
            await self._app(scope, receive, logging_send)
        except Exception:
            if not responded:
                self._log(scope, id, 500, Headers())
            raise

    def _log(self, scope: Scope, id: str, status: int, headers: Headers) -> None:
        what = _action(scope)
        if what is None:
            what = _refusal(scope, status)
            if what is None or not self._refusals.allows(client_address(_address(scope))):
                return
        _write(scope, id, what, status, headers)


def _action(scope: Scope) -> str | None:
    """What the request changes, if it is logged whatever its outcome."""
    route, method = scope.get("route"), scope["method"]
    # A method that the route does not have changes nothing.
    if method in _READING or method not in (getattr(route, "methods", None) or ()):
        return None
    change = (method, getattr(route, "path", ""))
    if change in UNLOGGED:
        return None
    return "development action" if change[1].startswith("/dev/") else CHANGES.get(change, "change")


def _refusal(scope: Scope, status: int) -> str | None:
    if status == SIGNATURE_REFUSED and scope["path"].startswith("/webhooks/"):
        return "webhook refused"
    if status == 401 and "authorization" not in Headers(scope=scope):  # noqa: PLR2004
        return None  # nobody tried to log in
    return REFUSALS.get(status)


def _write(scope: Scope, id: str, what: str, status: int, headers: Headers) -> None:
    caller: Caller | None = scope.get("state", {}).get("caller")
    reason = _REASON.search(headers.get("www-authenticate", ""))
    entry: dict[str, Any] = {
        "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "what": what,
        "who": (caller.owner or caller.subject or "anonymous") if caller else None,
        "from": _address(scope),
        "method": scope["method"],
        "route": getattr(scope.get("route"), "path", None),
        "of": {name: _id(value) for name, value in scope.get("path_params", {}).items()},
        "with": scope.get("state", {}).get("security_notes", {}),
        "outcome": "done" if status < 400 else "refused" if status < 500 else "failed",  # noqa: PLR2004
        "status": status,
        "reason": reason[1] if reason else None,
        "correlation_id": id,
    }
    log.info("%s", json.dumps({name: value for name, value in entry.items() if value}))


def _address(scope: Scope) -> str:
    """What a proxy forwards may be anything."""
    text = str((scope.get("client") or ("",))[0])
    try:
        return str(parse_address(text))
    except ValueError:
        return "unknown"


def _id(value: object) -> str:
    text = str(value)
    is_card = looks_like_a_card_number(text, uuids_pass=True)
    return text if _ID.fullmatch(text) and not is_card else "?"


class RefusalBudget:
    """How many refusals of each address were logged in this minute."""

    def __init__(self, seconds: float = 60.0) -> None:
        """A minute takes that many seconds."""
        self._seconds = seconds
        self._minute = 0
        self._counts: Counter[str] = Counter()

    def allows(self, address: str) -> bool:
        """Whether another refusal is logged; the others are reported when the minute ends."""
        now = time.monotonic()
        minute = int(now // self._seconds)
        if minute != self._minute:
            self.report()
            self._minute = minute
        if address not in self._counts and len(self._counts) >= MOST_ADDRESSES:
            address = "others"
        self._counts[address] += 1
        if self._counts[address] == REFUSALS_PER_MINUTE + 1:
            ends_in = (minute + 1) * self._seconds - now
            asyncio.get_running_loop().call_later(ends_in, self._end, minute)
        return self._counts[address] <= REFUSALS_PER_MINUTE

    def _end(self, minute: int) -> None:
        if minute == self._minute:
            self.report()

    def report(self) -> None:
        """Log how many refusals were not logged, if any; all addresses begin anew."""
        more = {a: n - REFUSALS_PER_MINUTE for a, n in self._counts.items()}
        self._counts.clear()
        unlogged = {address: n for address, n in more.items() if n > 0}
        if unlogged:
            at = datetime.now(UTC).isoformat(timespec="milliseconds")
            entry = {"at": at, "what": "refusals not logged", "from": unlogged}
            log.warning("%s", json.dumps(entry))
