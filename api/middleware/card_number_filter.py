"""Refuses requests that contain a card number before anything can store or log it."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, TypeVar, cast
from urllib.parse import unquote_plus

from anyio import to_thread
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import CardNumberError
from api.middleware.authentication import CARD_LINK_PATHS, is_public
from api.problems import problem_response
from domain.card_numbers import looks_like_a_card_number

_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|[tnrbf])")

_QUICK_LENGTH = 4096
"""Characters that are searched within a few milliseconds. The longest body, 64 KiB, may take ten
times as long, which must not delay other requests.
"""

P = TypeVar("P")
T = TypeVar("T")


class CardNumberFilter:
    """Searches path, query, headers and body of every request but those for public paths.

    Of these only the webhook reads anything but the path, and its events are full of long numbers:
    an event that the card provider has not signed is dropped, and of the others only ids and types
    are stored.
    """

    def __init__(self, app: ASGIApp) -> None:
        """`app` receives only requests without card numbers."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if is_public(scope["path"]) and scope["path"] not in CARD_LINK_PATHS:
            # Nothing of it is stored or logged, and strangers pay nothing for long searches.
            await self._app(scope, receive, send)
            return
        head = sum(map(len, _head_parts(scope)))
        if (location := await _run(head, _in_head, scope)) is not None:
            await problem_response(CardNumberError(location, ""))(scope, receive, send)
            return
        messages, body = await _read(receive)
        if await _run(len(body), looks_like_a_card_number, _text(body)):
            field = await _run(len(body), _field, body)
            await problem_response(CardNumberError("body", field))(scope, receive, send)
            return

        async def replay() -> Message:
            return messages.pop(0) if messages else await receive()

        await self._app(scope, replay, send)


async def _run(length: int, search: Callable[[P], T], text: P) -> T:
    """The result of `search`; on a thread if that may take long."""
    if length <= _QUICK_LENGTH:
        return search(text)
    return await to_thread.run_sync(search, text)


def _head_parts(scope: Scope) -> Iterator[str | bytes]:
    """Path, query and headers."""
    yield scope["path"]
    yield scope["query_string"]
    for name, value in scope["headers"]:
        yield name
        yield value


def _in_head(scope: Scope) -> str | None:
    """Which part of the head contains a card number; None if none does."""
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
    """The body with JSON's escaped characters decoded."""
    text = body.decode("utf-8", errors="replace")
    return _ESCAPE.sub(lambda escape: chr(int(escape[1], 16)) if escape[1] else " ", text)


def _field(body: bytes) -> str:
    """The dotted name of the field that contains it; empty if that is unknown."""
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
