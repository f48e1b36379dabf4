"""Search: https://docs.stripe.com/search.

Only `AND` of exact matches (`:`, not sensitive to case) and of substrings (`~`) is supported. The
index is behind by `--search-lag` seconds, or by what a switch says:

POST /_search {"lag_seconds": 3600}
"""

import re
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from dev.simulators.cards.protocol.errors import InvalidRequestError
from dev.simulators.cards.protocol.form_parameters import Form
from dev.simulators.cards.protocol.lists import limit_of
from dev.simulators.cards.protocol.switches import read_switch
from dev.simulators.cards.store.stored_objects import Customer, Filter, Intent

T = TypeVar("T", Customer, Intent)

SEARCH = ("query", "limit", "page", "expand")

SHORTEST = 3
"""Characters of a substring."""

_CLAUSE = re.compile(
    r"""\s*(?:(?P<field>status|customer|email|currency)"""
    r"""|metadata\[(?P<q>['"])(?P<name>(?:\\.|(?!(?P=q)).)*)(?P=q)\])"""
    r"""\s*(?P<operator>[:~])\s*(?P<v>['"])(?P<value>(?:\\.|(?!(?P=v)).)*)(?P=v)\s*"""
)


class _Lag(BaseModel):
    model_config = ConfigDict(extra="forbid")

    lag_seconds: float = Field(ge=0)


class Search:
    """An index that is behind."""

    def __init__(self, lag_seconds: float) -> None:
        """Objects are found once they are so old."""
        self.lag_seconds = lag_seconds

    def routes(self) -> list[Route]:
        """The switch."""
        return [Route("/_search", self.set_lag, methods=["POST"])]

    async def set_lag(self, request: Request) -> Response:
        """Says how far the index is behind from now on."""
        self.lag_seconds = read_switch(_Lag, await request.body()).lag_seconds
        return JSONResponse({"lag_seconds": self.lag_seconds})

    def find(
        self, form: Form, fields: Sequence[str], listing: Callable[..., list[T]]
    ) -> tuple[list[T], str | None]:
        """A page of what matches, newest first, and the token of the next page.

        `fields` are columns that a query may name, besides metadata.
        """
        limit = limit_of(form)
        filters = [_filter(clause, fields) for clause in _clauses(form.required("query"))]
        if self.lag_seconds:
            filters.append(Filter("created <= ?", [time.time() - self.lag_seconds]))
        if page := form.integer("page"):
            filters.append(Filter("seq < ?", [page]))
        found = listing(*filters, limit=limit + 1)
        more = len(found) > limit
        return found[:limit], str(found[limit - 1].seq) if more else None


def _clauses(query: str) -> list[re.Match[str]]:
    found: list[re.Match[str]] = []
    start = 0
    while clause := _CLAUSE.match(query, start):
        found.append(clause)
        if clause.end() == len(query):
            return found
        if not query.startswith("AND ", clause.end()):
            break
        start = clause.end() + len("AND ")
    raise _unreadable()


def _filter(clause: re.Match[str], fields: Sequence[str]) -> Filter:
    value = _unescape(clause["value"])
    compared = "= ? COLLATE NOCASE"
    if clause["operator"] == "~":
        if len(value) < SHORTEST:
            raise _unreadable()
        escaped = re.sub(r"([%_!])", r"!\1", value)
        compared, value = "LIKE ? ESCAPE '!'", f"%{escaped}%"
    if field := clause["field"]:
        if field not in fields:
            raise _unreadable()
        return Filter(f"{field} {compared}", [value])
    if (name := _unescape(clause["name"])) == "payment":
        return Filter(f"""json_extract(metadata, '$."payment"') {compared}""", [value])
    # `compared` is one of two literals.
    each = f"EXISTS (SELECT 1 FROM json_each(metadata) WHERE key = ? AND value {compared})"  # noqa: S608
    return Filter(each, [name, value])


def _unescape(quoted: str) -> str:
    return re.sub(r"\\(.)", r"\1", quoted)


def _unreadable() -> InvalidRequestError:
    return InvalidRequestError("We were unable to parse your search query.", param="query")
