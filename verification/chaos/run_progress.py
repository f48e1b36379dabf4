"""Shows the progress of a run."""

from collections.abc import Callable, Generator
from contextlib import contextmanager

from rich import progress
from rich.console import Console

STEPS = 10
"""Lines for each phase if the output is not a terminal."""


class Progress:
    """A progress bar on a terminal, lines elsewhere; on stderr."""

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

    def print(self, line: str) -> None:
        """Print a line."""
        self._console.print(line, soft_wrap=True)

    @contextmanager
    def phase(self, title: str, total: int) -> Generator[Callable[[int], None]]:
        """Yield a function to call with the number of further items done, of `total`."""
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
                self.print(f"{title}: {done} of {total}")

        return advance
