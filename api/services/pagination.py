"""Opaque cursors for pagination: the position after which the next response continues."""

import base64
import binascii
from datetime import UTC
from typing import Annotated

from pydantic import AwareDatetime, Field, TypeAdapter, ValidationError

from api.errors import FieldError, InvalidRequestError
from api.services.queries import Position
from domain.order import Order

_Id = Annotated[str, Field(pattern=r"^[0-9a-z-]{1,36}$")]
_POSITION = TypeAdapter(tuple[AwareDatetime, _Id])


def cursor_after(order: Order) -> str:
    """The cursor for orders after this one."""
    return encode_cursor((order.placed_at, order.id))


def encode_cursor(position: Position) -> str:
    """The cursor for a position."""
    return base64.urlsafe_b64encode(_POSITION.dump_json(position)).decode().rstrip("=")


def decode_cursor(cursor: str) -> Position:
    """The position of a cursor; raises `InvalidRequestError` if `encode_cursor` did not make it."""
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        moment, id = _POSITION.validate_json(
            base64.b64decode(padded, altchars=b"-_", validate=True)
        )
        return moment.astimezone(UTC), id
    except (UnicodeEncodeError, binascii.Error, ValidationError, OverflowError) as error:
        field_error = FieldError(
            location="query", field="cursor", message="must be a next_cursor of this service"
        )
        raise InvalidRequestError(field_error) from error
