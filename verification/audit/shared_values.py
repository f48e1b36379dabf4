"""Types of fields whose equal values are one object: thousands of records repeat them."""

from collections.abc import Mapping
from functools import lru_cache
from hashlib import blake2b
from sys import intern
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BeforeValidator

Value = TypeVar("Value")


def _shared(value: Any) -> Any:
    match value:
        case str():
            return intern(value)
        case dict():
            items = tuple((intern(name), _shared(one)) for name, one in value.items())  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]  of JSON
            return _mapping(items) if _is_flat(items) else dict(items)
        case _:
            return value


def _is_flat(items: tuple[tuple[str, Any], ...]) -> bool:
    """Whether no value can change; `True` and 1 are equal, so that neither may be in place of the
    other.
    """
    return all(one is None or isinstance(one, str) for _, one in items)


@lru_cache(maxsize=1000)
def _mapping(items: tuple[tuple[str, Any], ...]) -> Mapping[str, Any]:
    return dict(items)


def digest(text: str) -> bytes:
    """Of a mail's text, for which spaces around it do not count."""
    return blake2b(text.strip().encode(), digest_size=16).digest()


def _digest(text: object) -> bytes | None:
    return digest(text) if isinstance(text, str) else None


@lru_cache(maxsize=1000)
def same(value: Value) -> Value:
    """The first value that was equal to this one."""
    return value


Text = Annotated[str, AfterValidator(_shared)]
Data = Annotated[Mapping[str, Any], AfterValidator(_shared)]
Names = Annotated[Mapping[str, str], AfterValidator(_shared)]
MailText = Annotated[bytes, BeforeValidator(_digest)]
"""Only its digest is kept: rules compare texts, which take more memory than all else."""
