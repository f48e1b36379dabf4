"""Cursors: where the next page begins, in a form that nobody need understand."""

import base64
import binascii
from datetime import UTC

from pydantic import AwareDatetime, TypeAdapter, ValidationError

from api.errors import FieldFault, InvalidRequestError
from api.reading import Place
from domain.order import Order

_PLACE = TypeAdapter(tuple[AwareDatetime, str])


def cursor_behind(order: Order) -> str:
    """The page that begins behind this order."""
    place = _PLACE.dump_json((order.placed_at, order.id))
    return base64.urlsafe_b64encode(place).decode().rstrip("=")


def place_of(cursor: str) -> Place:
    """Where the page begins; raises `InvalidRequestError` if we never gave that cursor away."""
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        moment, id = _PLACE.validate_json(base64.b64decode(padded, altchars=b"-_", validate=True))
        return moment.astimezone(UTC), id
    except (UnicodeEncodeError, binascii.Error, ValidationError, OverflowError) as error:
        fault = FieldFault(
            location="query", field="cursor", message="must be a next_cursor of ours"
        )
        raise InvalidRequestError(fault) from error
