"""Drawing without missing anything."""

from collections.abc import Sequence
from random import Random
from typing import Generic, TypeVar

T = TypeVar("T")


class Deck(Generic[T]):
    """Deals every card once before any of them again, in an order that is drawn."""

    def __init__(self, random: Random, cards: Sequence[T]) -> None:
        """`random` is drawn from whenever the deck is used up."""
        self._random = random
        self._cards = list(cards)
        self._left: list[T] = []

    def draw(self) -> T:
        """The next card."""
        if not self._left:
            self._left = self._cards.copy()
            self._random.shuffle(self._left)
        return self._left.pop()
