"""Whatever looks like a card number is refused at the door, before anything can write it down."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, TypeVar, cast
from urllib.parse import unquote_plus

from anyio import to_thread
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import CardNumberError, problem
from api.middleware.authentication import LINKED, is_open
from domain.card_numbers import looks_like_a_card_number

_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|[tnrbf])")

_QUICK_LENGTH = 4096
"""What can be looked through within some milliseconds, whatever is in it. The 64 KiB of the longest
body may take ten times as long, which must not be everybody's.
"""

P = TypeVar("P")
T = TypeVar("T")


class CardNumberGuard:
    """Looks at path, query, headers and body of every request before anybody else does.

    Not at strangers' bodies, which nobody reads: but for the webhooks, which are full of long
    numbers. Those are dropped unless the card provider has signed them, and nothing of them is
    written down but their ids and types.
    """

    def __init__(self, app: ASGIApp) -> None:
        """`app` sees only requests without card numbers."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        head = sum(map(len, _everything(scope)))
        if (location := await _apart(head, _in_head, scope)) is not None:
            await problem(CardNumberError(location, ""))(scope, receive, send)
            return
        if is_open(scope["path"]) and scope["path"] not in LINKED:
            await self._app(scope, receive, send)
            return
        messages, body = await _read(receive)
        if await _apart(len(body), looks_like_a_card_number, _text(body)):
            field = await _apart(len(body), _field, body)
            await problem(CardNumberError("body", field))(scope, receive, send)
            return

        async def replay() -> Message:
            return messages.pop(0) if messages else await receive()

        await self._app(scope, replay, send)


async def _apart(length: int, look: Callable[[P], T], text: P) -> T:
    """What `look` finds; beside the event loop if that may take long."""
    if length <= _QUICK_LENGTH:
        return look(text)
    return await to_thread.run_sync(look, text)


def _everything(scope: Scope) -> Iterator[str | bytes]:
    """In the head."""
    yield scope["path"]
    yield scope["query_string"]
    for name, value in scope["headers"]:
        yield name
        yield value


def _in_head(scope: Scope) -> str | None:
    """Where before the body a card number stands."""
    head = {
        "path": [scope["path"]],
        "query": unquote_plus(scope["query_string"].decode("latin-1")).split("&"),
        "header": [part.decode("latin-1") for header in scope["headers"] for part in header],
    }
    for location, texts in head.items():
        if any(looks_like_a_card_number(text) for text in texts):
            return location
    return None


async def _read(receive: Receive) -> tuple[list[Message], bytes]:
    messages: list[Message] = []
    more = True
    while more:
        message = await receive()
        messages.append(message)
        more = message["type"] == "http.request" and message.get("more_body", False)
    return messages, b"".join(message.get("body", b"") for message in messages)


def _text(body: bytes) -> str:
    """The body as a reader of JSON would see it, also where characters are escaped."""
    text = body.decode("utf-8", errors="replace")
    return _ESCAPE.sub(lambda escape: chr(int(escape[1], 16)) if escape[1] else " ", text)


def _field(body: bytes) -> str:
    """The dotted name of the field it stands in; empty if that can't be told."""
    try:
        return next(_fields(json.loads(body), ""), "")
    except (ValueError, RecursionError):
        return ""


def _fields(value: Any, name: str) -> Iterator[str]:
    """The names of all fields whose values look like a card number."""
    match value:
        case dict():
            for key, inner in cast("dict[str, Any]", value).items():
                if not looks_like_a_card_number(key):
                    yield from _fields(inner, f"{name}.{key}".lstrip("."))
        case list():
            for number, inner in enumerate(cast("list[Any]", value)):
                yield from _fields(inner, f"{name}.{number}".lstrip("."))
        case _:
            if looks_like_a_card_number(str(value)):
                yield name
