"""What an audit finds."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from verification.audit.snapshot import World

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

    @property
    def about(self) -> tuple[str, str]:
        """Which rule does not hold for whom; the finding may change from look to look."""
        return self.rule, self.subject

    def __str__(self) -> str:
        return f"{self.rule}: {self.subject}: {self.finding}"


class WitnessError(Exception):
    """A witness can't be read; the text names it and says why."""
