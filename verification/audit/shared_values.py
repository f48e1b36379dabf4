"""Types of fields whose equal values are one object: thousands of records repeat them."""

from collections.abc import Mapping
from functools import lru_cache
from sys import intern
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator

Value = TypeVar("Value")


def _shared(value: Any) -> Any:
    match value:
        case str():
            return intern(value)
        case dict():
            return {intern(name): _shared(one) for name, one in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]  of JSON
        case _:
            return value


@lru_cache(maxsize=1000)
def same(value: Value) -> Value:
    """The first value that was equal to this one."""
    return value


Text = Annotated[str, AfterValidator(_shared)]
Data = Annotated[Mapping[str, Any], AfterValidator(_shared)]
Names = Annotated[Mapping[str, str], AfterValidator(_shared)]
MailText = Annotated[str, AfterValidator(lambda text: intern(text.strip()))]
