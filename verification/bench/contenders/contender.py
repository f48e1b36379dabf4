"""What a contender does, and of which of its orders the histories are read."""

from collections.abc import Sequence
from typing import Protocol, TypeVar

from temporalio.api.history.v1 import HistoryEvent

SAMPLE = 10
"""Orders whose histories are read."""

Id = TypeVar("Id")


class Contender(Protocol):
    """Carries out orders, or payments."""

    name: str
    seconds_to_start: list[float]
    """Of each order, until it was accepted."""

    async def order(self) -> None:
        """Carries out one order, from start to end."""
        ...

    async def histories(self) -> list[list[Sequence[HistoryEvent]]]:
        """Of some of its orders, those of all their workflows."""
        ...


def some(ids: Sequence[Id]) -> Sequence[Id]:
    """Up to `SAMPLE` of them, evenly spread."""
    every = max(1, len(ids) // SAMPLE)
    return ids[::every][:SAMPLE]
