"""Reads parameters (form encoding with nested brackets); complains about them as Stripe does."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import cast
from urllib.parse import parse_qsl

from dev.simulators.cards.protocol.errors import InvalidRequestError


class Form:
    """Decoded parameters: `metadata[order]=1` is `{"metadata": {"order": "1"}}`.

    Methods raise InvalidRequestError.
    """

    def __init__(self, encoded: str) -> None:
        """Decodes a body or a query string."""
        self.values: dict[str, object] = {}
        for name, value in parse_qsl(encoded, keep_blank_values=True):
            _put(self.values, [part for part in re.split(r"[\[\]]+", name) if part], value)

    def allow(self, names: Iterable[str]) -> None:
        """Refuses parameters with any other name."""
        for name in self.values:
            if name not in names:
                message = f"Received unknown parameter: {name}"
                raise InvalidRequestError(message, code="parameter_unknown", param=name)

    def text(self, name: str) -> str | None:
        """A string, or None if it is absent or empty."""
        value = self.values.get(name)
        if value is not None and not isinstance(value, str):
            raise InvalidRequestError("Invalid string", param=name)
        return value or None

    def required(self, name: str) -> str:
        """A string that must be present."""
        value = self.text(name)
        if value is None:
            message = f"Missing required param: {name}."
            raise InvalidRequestError(message, code="parameter_missing", param=name)
        return value

    def integer(self, name: str) -> int | None:
        """An integer, or None if it is absent."""
        value = self.text(name)
        if value is None:
            return None
        if not re.fullmatch(r"-?\d{1,18}", value):
            raise InvalidRequestError(
                f"Invalid integer: {value}", code="parameter_invalid_integer", param=name
            )
        return int(value)

    def required_integer(self, name: str) -> int:
        """An integer that must be present."""
        self.required(name)
        return self.integer(name) or 0

    def flag(self, name: str) -> bool:
        """A boolean; False if it is absent."""
        value = self.text(name)
        if value not in {None, "true", "false"}:
            raise InvalidRequestError(f"Invalid boolean: {value}", param=name)
        return value == "true"

    def choice(self, name: str, values: Sequence[str]) -> str | None:
        """One of these values, or None if it is absent."""
        value = self.text(name)
        if value is not None and value not in values:
            message = f"Invalid {name}: must be one of {', '.join(values[:-1])}, or {values[-1]}"
            raise InvalidRequestError(message, param=name)
        return value

    def texts(self, name: str) -> dict[str, str]:
        """A mapping to strings; a list is a mapping from its positions."""
        value = self.values.get(name, {})
        if not isinstance(value, Mapping):
            raise InvalidRequestError("Invalid object", param=name)
        items = cast("Mapping[str, object]", value).items()
        return {key: str(item) for key, item in items}


def _put(values: dict[str, object], path: list[str], value: str) -> None:
    name, *rest = path or [""]
    if not rest:
        values[name] = value
        return
    inner = values.setdefault(name, {})
    if not isinstance(inner, dict):
        raise InvalidRequestError("Invalid object", param=name)
    _put(cast("dict[str, object]", inner), rest, value)
