"""Random sampling that covers all items."""

from collections.abc import Sequence
from random import Random
from typing import Generic, TypeVar

T = TypeVar("T")


class Sampler(Generic[T]):
    """Draws every item once, in random order, before it draws any of them again."""

    def __init__(self, random: Random, items: Sequence[T]) -> None:
        """`random` shuffles the items whenever all of them were drawn."""
        self._random = random
        self._items = list(items)
        self._left: list[T] = []

    def draw(self) -> T:
        """Draw the next item."""
        if not self._left:
            self._left = self._items.copy()
            self._random.shuffle(self._left)
        return self._left.pop()
