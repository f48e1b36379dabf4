"""Cursors: where the next page begins, in a form that nobody need understand."""

import base64
import binascii
from datetime import UTC
from typing import Annotated

from pydantic import AwareDatetime, Field, TypeAdapter, ValidationError

from api.errors import FieldFault, InvalidRequestError
from api.services.queries import Place
from domain.order import Order

_Id = Annotated[str, Field(pattern=r"^[0-9a-z-]{1,36}$")]
_PLACE = TypeAdapter(tuple[AwareDatetime, _Id])


def cursor_behind(order: Order) -> str:
    """The page that begins behind this order."""
    return cursor((order.placed_at, order.id))


def cursor(place: Place) -> str:
    """The page that begins behind this place."""
    return base64.urlsafe_b64encode(_PLACE.dump_json(place)).decode().rstrip("=")


def place_of(given: str) -> Place:
    """Where the page begins; raises `InvalidRequestError` if we never gave that cursor away."""
    try:
        padded = given.encode("ascii") + b"=" * (-len(given) % 4)
        moment, id = _PLACE.validate_json(base64.b64decode(padded, altchars=b"-_", validate=True))
        return moment.astimezone(UTC), id
    except (UnicodeEncodeError, binascii.Error, ValidationError, OverflowError) as error:
        fault = FieldFault(
            location="query", field="cursor", message="must be a next_cursor of ours"
        )
        raise InvalidRequestError(fault) from error
