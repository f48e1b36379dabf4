"""Refuses requests that contain a card number before anything can store or log it."""

import json
from collections.abc import Callable, Iterator
from typing import Any, TypeVar, cast
from urllib.parse import unquote_plus

from anyio import to_thread
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import CardNumberError, InvalidRequestError
from api.middleware.authentication import CARD_LINK_PATHS, is_public
from api.problems import problem_response
from domain.card_numbers import looks_like_a_card_number

KEPT_HEADERS = ("idempotency-key",)
"""The headers that become part of something stored. Others are full of long numbers, are neither
stored nor logged, and are not searched: request ids, trace ids, cookies.
"""

_IDS_OF_OURS = ("/orders/", "/payments/", "/dev/payments/")
"""Beginnings of paths that contain UUIDs of ours; in others a client may choose the id."""

_QUICK_LENGTH = 4096
"""Characters that are searched within a few milliseconds. The longest body, 64 KiB, may take ten
times as long, which must not delay other requests.
"""

P = TypeVar("P")
T = TypeVar("T")


class CardNumberFilter:
    """Searches path, query, kept headers and every value of the body of all requests.

    Except the body of a GET, which nothing reads.
    Requests for public paths are not searched: nothing of them is stored or logged. Only the
    webhook reads their bodies, and its events are full of long numbers: an event that the card
    provider has not signed is dropped, and of the others only ids and types are stored.
    """

    def __init__(self, app: ASGIApp) -> None:
        """`app` receives only requests without card numbers, whose JSON it reads as this does."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http" or not _is_searched(scope["path"]):
            await self._app(scope, receive, send)
            return
        head = len(scope["path"]) + len(scope["query_string"])
        if (location := await _run(head, _in_head, scope)) is not None:
            await problem_response(CardNumberError(location, ""))(scope, receive, send)
            return
        messages, body = await _read(receive)
        field = None
        try:
            if scope["method"] != "GET":
                field = await _run(len(body), _field, body)
        except UnicodeDecodeError:
            error = InvalidRequestError.in_body("", "must be JSON in UTF-8")
            await problem_response(error)(scope, receive, send)
            return
        if field is not None:
            await problem_response(CardNumberError("body", field))(scope, receive, send)
            return

        async def replay() -> Message:
            return messages.pop(0) if messages else await receive()

        await self._app(scope, replay, send)


def _is_searched(path: str) -> bool:
    return path in CARD_LINK_PATHS or not is_public(path)


async def _run(length: int, search: Callable[[P], T], text: P) -> T:
    """The result of `search`; on a thread if that may take long."""
    if length <= _QUICK_LENGTH:
        return search(text)
    return await to_thread.run_sync(search, text)


def _in_head(scope: Scope) -> str | None:
    """Which part of the head contains a card number; None if none does."""
    headers = Headers(scope=scope)
    head = {
        "path": [scope["path"]],
        "query": unquote_plus(scope["query_string"].decode("latin-1")).split("&"),
        "header": [value for name in KEPT_HEADERS for value in headers.getlist(name)],
    }
    for location, texts in head.items():
        # A UUID in a query is not kept, and an idempotency key only as a part of another UUID.
        uuids_pass = location != "path" or scope["path"].startswith(_IDS_OF_OURS)
        if any(looks_like_a_card_number(text, uuids_pass=uuids_pass) for text in texts):
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


def _field(body: bytes) -> str | None:
    """The dotted name of the field that contains a card number; empty if that is unknown.

    None if no value does. Raises `UnicodeDecodeError` for other encodings than UTF-8: whoever
    decodes JSON from bytes would detect UTF-16 and UTF-32, by their zeros or byte order marks.
    """
    text = body.decode()
    if "\0" in text or text.startswith("\ufeff"):
        raise UnicodeDecodeError("utf-8", body, 0, 1, "is another encoding")
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        # The endpoint can't read it either.
        return "" if looks_like_a_card_number(text) else None
    return next(_fields(value), None)


def _fields(body: Any) -> Iterator[str]:
    """The names of all fields whose names or values look like a card number."""
    left: list[tuple[str, Any]] = [("", body)]
    while left:
        name, value = left.pop()
        match value:
            case dict():
                for key, inner in cast("dict[str, Any]", value).items():
                    if looks_like_a_card_number(key):
                        yield name
                    else:
                        left.append((f"{name}.{key}".lstrip("."), inner))
            case list():
                listed = enumerate(cast("list[Any]", value))
                left += [(f"{name}.{number}".lstrip("."), inner) for number, inner in listed]
            case _:
                if looks_like_a_card_number(str(value)):
                    yield name
