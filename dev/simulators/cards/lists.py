"""Lists and searches, paginated as https://docs.stripe.com/api/pagination describes."""

import re
from collections.abc import Callable
from typing import TypeVar

from dev.simulators.cards.errors import InvalidRequestError, missing
from dev.simulators.cards.form_parameters import Form
from dev.simulators.cards.state import Filter, Intent, Refund, State

T = TypeVar("T", Intent, Refund)

MOST = 100
PAGING = ("limit", "starting_after", "ending_before", "created", "expand")

_CLAUSE = re.compile(
    r"""\s*(?:(?P<status>status)|metadata\[(?P<q>['"])(?P<name>(?:\\.|(?!(?P=q)).)*)(?P=q)\])"""
    r"""\s*:\s*(?P<v>['"])(?P<value>(?:\\.|(?!(?P=v)).)*)(?P=v)\s*"""
)
_COMPARISONS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


def list_intents(state: State, form: Form) -> tuple[list[Intent], bool]:
    """A page of PaymentIntents, newest first, and whether there are more."""
    page = _Page(
        form, lambda cursor: state.position("payment_intents", cursor), kind="payment_intent"
    )
    return page.cut(state.intents(*page.filters, limit=page.limit + 1, oldest_first=page.backwards))


def list_refunds(state: State, form: Form) -> tuple[list[Refund], bool]:
    """A page of refunds, newest first, and whether there are more."""
    page = _Page(form, lambda cursor: state.position("refunds", cursor), kind="refund")
    if intent := form.text("payment_intent"):
        page.filters.append(Filter("intent = ?", [intent]))
    return page.cut(state.refunds(*page.filters, limit=page.limit + 1, oldest_first=page.backwards))


def search_intents(state: State, form: Form) -> tuple[list[Intent], str | None]:
    """A page of the PaymentIntents that match a query, newest first, and the token of the next."""
    limit = _limit(form)
    filters = _clauses(form.required("query"))
    if page := form.integer("page"):
        filters.append(Filter("seq < ?", [page]))
    found = state.intents(*filters, limit=limit + 1)
    more = len(found) > limit
    return found[:limit], str(found[limit - 1].seq) if more else None


class _Page:
    """The page that the parameters of a list request."""

    def __init__(self, form: Form, position: Callable[[str], int | None], kind: str) -> None:
        self.limit = _limit(form)
        self.filters = _created(form)
        before = form.text("ending_before")
        self.backwards = before is not None
        if cursor := before or form.text("starting_after"):
            seq = position(cursor)
            if seq is None:
                param = "ending_before" if self.backwards else "starting_after"
                raise missing(kind, cursor, param=param, status=400)
            self.filters.append(Filter("seq > ?" if self.backwards else "seq < ?", [seq]))

    def cut(self, found: list[T]) -> tuple[list[T], bool]:
        """The page, from rows of which one more was read than fits; and whether there are more."""
        page = found[: self.limit]
        return (page[::-1] if self.backwards else page), len(found) > self.limit


def _clauses(query: str) -> list[Filter]:
    """Reads `metadata['a']:'b' AND status:'c'`; the rest of Stripe's language is not supported."""
    filters: list[Filter] = []
    start = 0
    while clause := _CLAUSE.match(query, start):
        value = _unescape(clause["value"])
        if clause["status"]:
            filters.append(Filter("status = ?", [value]))
        elif (name := _unescape(clause["name"])) == "payment":
            filters.append(Filter("""json_extract(metadata, '$."payment"') = ?""", [value]))
        else:
            each = "EXISTS (SELECT 1 FROM json_each(metadata) WHERE key = ? AND value = ?)"
            filters.append(Filter(each, [name, value]))
        if clause.end() == len(query):
            return filters
        if not query.startswith("AND ", clause.end()):
            break
        start = clause.end() + len("AND ")
    raise InvalidRequestError("We were unable to parse your search query.", param="query")


def _unescape(quoted: str) -> str:
    return re.sub(r"\\(.)", r"\1", quoted)


def _limit(form: Form) -> int:
    limit = form.integer("limit")
    if limit is None:
        return 10
    if not 1 <= limit <= MOST:
        raise InvalidRequestError(
            f"Invalid integer: limit must be between 1 and {MOST}.",
            code="parameter_invalid_integer",
            param="limit",
        )
    return limit


def _created(form: Form) -> list[Filter]:
    """Reads `created=7`, `created[gte]=7` and so on; in seconds since 1970."""
    if isinstance(form.values.get("created"), str):
        return [Filter("created = ?", [form.integer("created")])]
    filters: list[Filter] = []
    for name, value in form.texts("created").items():
        if name not in _COMPARISONS or not value.isdigit():
            raise InvalidRequestError("Invalid timestamp", param="created")
        filters.append(Filter(f"created {_COMPARISONS[name]} ?", [int(value)]))
    return filters
