"""Shows the progress of the benchmark."""

from collections.abc import Callable, Generator
from contextlib import contextmanager

from rich import progress
from rich.console import Console


class Progress:
    """A progress bar on a terminal, else a line for each phase; on stderr."""

    def __init__(self) -> None:
        """Shows nothing yet."""
        self._console = Console(stderr=True)
        self._bars = progress.Progress(
            progress.TextColumn("{task.description}"),
            progress.BarColumn(),
            progress.MofNCompleteColumn(),
            progress.TimeElapsedColumn(),
            console=self._console,
            transient=True,
        )

    @contextmanager
    def phase(
        self, title: str, total: int, unit: str = "orders"
    ) -> Generator[Callable[[], object]]:
        """Yield a function to call after each of the `total` orders, or what the `unit` is."""
        if not self._console.is_terminal:
            self._console.print(f"{title}: {total} {unit}", highlight=False)
            yield lambda: None
            return
        with self._bars as bars:
            task = bars.add_task(title, total=total)
            try:
                yield lambda: bars.advance(task)
            finally:
                bars.remove_task(task)
