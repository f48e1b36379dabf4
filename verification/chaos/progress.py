"""What is being played, while it is."""

from collections.abc import Callable, Generator
from contextlib import contextmanager

from rich import progress
from rich.console import Console

STEPS = 10
"""Lines for each phase where nobody watches a bar."""


class Progress:
    """A bar on a terminal, lines elsewhere; on stderr."""

    def __init__(self) -> None:
        """Shows nothing yet."""
        self._console = Console(stderr=True, highlight=False)
        self._bars = progress.Progress(
            progress.TextColumn("{task.description}"),
            progress.BarColumn(),
            progress.MofNCompleteColumn(),
            progress.TimeElapsedColumn(),
            console=self._console,
            transient=True,
        )

    def say(self, line: str) -> None:
        """A line of its own."""
        self._console.print(line, soft_wrap=True)

    @contextmanager
    def phase(self, title: str, total: int) -> Generator[Callable[[int], None]]:
        """The block calls what it is given with how many more of `total` are done."""
        if not self._console.is_terminal:
            yield self._lines(title, total)
            return
        with self._bars as bars:
            task = bars.add_task(title, total=total)
            try:
                yield lambda more: bars.advance(task, more)
            finally:
                bars.remove_task(task)

    def _lines(self, title: str, total: int) -> Callable[[int], None]:
        done = 0
        step = max(1, total // STEPS)

        def advance(more: int) -> None:
            nonlocal done
            before, done = done, done + more
            if done // step > before // step or (more and done == total):
                self.say(f"{title}: {done} of {total}")

        return advance
