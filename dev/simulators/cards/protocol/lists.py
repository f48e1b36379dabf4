"""Lists, paginated as https://docs.stripe.com/api/pagination describes."""

from collections.abc import Callable
from typing import TypeVar

from dev.simulators.cards.protocol.errors import InvalidRequestError, missing
from dev.simulators.cards.protocol.form_parameters import Form
from dev.simulators.cards.store.state import State, Table
from dev.simulators.cards.store.stored_objects import Filter

T = TypeVar("T")

MOST = 100
PAGING = ("limit", "starting_after", "ending_before", "created", "expand")
OF_PAYMENT = (*PAGING, "payment_intent", "charge")

_COMPARISONS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


class Page:
    """The page that the parameters of a list request."""

    def __init__(self, form: Form, state: State, table: Table, kind: str, *filters: Filter) -> None:
        """`kind` is the name of such an object in errors."""
        self.limit = limit_of(form)
        self.filters = [*filters, *_created(form)]
        before = form.text("ending_before")
        self.backwards = before is not None
        if cursor := before or form.text("starting_after"):
            seq = state.position(table, cursor)
            if seq is None:
                param = "ending_before" if self.backwards else "starting_after"
                raise missing(kind, cursor, param=param, status=400)
            self.filters.append(Filter("seq > ?" if self.backwards else "seq < ?", [seq]))

    def read(self, listing: Callable[..., list[T]]) -> tuple[list[T], bool]:
        """The objects of the page, by a listing of the store, and whether there are more."""
        found = listing(*self.filters, limit=self.limit + 1, oldest_first=self.backwards)
        page = found[: self.limit]
        return (page[::-1] if self.backwards else page), len(found) > self.limit


def of_payment(form: Form) -> list[Filter]:
    """Keeps what belongs to one `payment_intent` or `charge`."""
    filters: list[Filter] = []
    if intent := form.text("payment_intent"):
        filters.append(Filter("intent = ?", [intent]))
    if charge := form.text("charge"):
        of_charge = "intent IN (SELECT id FROM payment_intents WHERE charge = ?)"
        filters.append(Filter(of_charge, [charge]))
    return filters


def limit_of(form: Form) -> int:
    """How many objects to answer."""
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
