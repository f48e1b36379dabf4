"""The findings of an audit."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from verification.audit.snapshot import Snapshot

Findings = Iterator[tuple[str, str]]
"""The findings of one rule: each is a subject (`order 4711`) and a text with the values."""

Rule = Callable[[Snapshot], Findings]
"""A function whose name states what must be true; it yields where it is not."""


@dataclass(frozen=True, order=True)
class Violation:
    """A rule that is broken for a subject."""

    rule: str
    subject: str
    finding: str

    @property
    def about(self) -> tuple[str, str]:
        """The rule and the subject; the finding may differ from one snapshot to the next."""
        return self.rule, self.subject

    def __str__(self) -> str:
        return f"{self.rule}: {self.subject}: {self.finding}"


class SourceUnavailableError(Exception):
    """A source can't be read; the text names the source and the cause."""
