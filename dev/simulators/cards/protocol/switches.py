"""Requests to the simulator itself, with JSON bodies."""

from typing import TypeVar

from pydantic import BaseModel, ValidationError

from dev.simulators.cards.protocol.errors import InvalidRequestError

T = TypeVar("T", bound=BaseModel)


def read_switch(kind: type[T], body: bytes) -> T:
    """The body of a switch. Raises InvalidRequestError."""
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        raise InvalidRequestError(f"Invalid body: {error}") from None
