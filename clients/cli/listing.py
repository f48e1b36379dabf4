"""Lists of the API, page by page, and the short ids in them."""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from http import HTTPStatus
from itertools import islice
from math import inf
from typing import Any

from clients import calls
from clients.calls import Call
from clients.errors import RefusedError
from clients.rest import RestClient

PAGE_SIZE = 200
"""The most that the API lists in one answer."""

SHORT = 8
"""Characters of a short id: as many as on the web page."""

_BEGINNING = re.compile(r"[0-9a-f]{1,8}|[0-9a-f]{8}-[0-9a-f-]{0,26}", re.IGNORECASE)
"""Of an order's or payment's id, without its end."""


def short(id: str) -> str:
    """The id of an order or payment as people see it."""
    return id[:SHORT]


def listed(api: RestClient, call: Call, field: str, most: float = inf) -> Iterator[dict[str, Any]]:
    """What the call lists in `field`, at most so many, requested as they are needed."""
    cursor = None
    while most > 0:
        paging = {"limit": int(min(most, PAGE_SIZE)), "cursor": cursor}
        page = api.send(replace(call, query={**(call.query or {}), **paging}))
        yield from page[field]
        most -= len(page[field])
        cursor = page["next_cursor"]
        if cursor is None:
            return


def full_id(api: RestClient, text: str) -> str:
    """The id of the one order or payment whose id begins with `text`; other texts unchanged.

    Of payments without an order those are found that wait for a card, if the caller may list them.
    Raises RefusedError if there is none, or more than one.
    """
    if not _BEGINNING.fullmatch(text):
        return text
    beginning = text.lower()
    orders = listed(api, calls.list_orders(search=beginning), "orders")
    found = _beginning_with(beginning, orders)
    if not found:
        with suppress(RefusedError):
            waiting = listed(api, calls.list_waiting_payments(), "payments")
            found = _beginning_with(beginning, waiting)
    match found:
        case [only]:
            return only
        case []:
            message = (
                f"No order's id begins with {text!r}. Of a payment without an order that does not "
                "wait for a card, give the whole id."
            )
            raise RefusedError(HTTPStatus.NOT_FOUND, message)
        case several:
            message = f"Several ids begin with {text!r}, such as {', '.join(several)}. Give more."
            raise RefusedError(HTTPStatus.CONFLICT, message)


def _beginning_with(beginning: str, found: Iterator[dict[str, Any]]) -> list[str]:
    """The first two ids."""
    ids = (str(one["id"]) for one in found)
    return list(islice((id for id in ids if id.startswith(beginning)), 2))
