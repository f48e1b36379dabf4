"""Where a canary can be put into a JSON value."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

Path = tuple[str | int, ...]


def leaves(value: Any, path: Path = ()) -> Iterator[Path]:
    """All that has nothing in it."""
    for key, inner in _inside(value):
        if isinstance(inner, dict | list):
            yield from leaves(inner, (*path, key))
        else:
            yield (*path, key)


def objects(value: Any, path: Path = ()) -> Iterator[Path]:
    """All that further fields could be put into."""
    if isinstance(value, dict):
        yield path
    for key, inner in _inside(value):
        yield from objects(inner, (*path, key))


def put(value: Any, path: Path, canary: str) -> Any:
    """A copy with the canary in that place; as a number where there was one, if it can be."""
    changed = inner = deepcopy(value)
    for key in path[:-1]:
        inner = inner[key]
    *_, last = path
    was_number = isinstance(dict(_inside(inner)).get(last), int)
    inner[last] = int(canary) if was_number and canary.isdigit() else canary
    return changed


def _inside(value: Any) -> Iterator[tuple[str | int, Any]]:
    match value:
        case dict():
            yield from value.items()
        case list():
            yield from enumerate(value)
        case _:
            pass
