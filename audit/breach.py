"""What an audit finds."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from audit.world import World

Findings = Iterator[tuple[str, str]]
"""Of one rule: whom it is about (`order 4711`), and what was found, with the values."""

Rule = Callable[[World], Findings]
"""A function named as what must be true; it finds where it is not."""


@dataclass(frozen=True, order=True)
class Breach:
    """A rule that does not hold."""

    rule: str
    subject: str
    finding: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.subject}: {self.finding}"


class WitnessError(Exception):
    """A witness can't be read; the text names it and says why."""
