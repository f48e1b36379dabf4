"""What the benchmark is at, while it runs."""

from collections.abc import Callable, Generator
from contextlib import contextmanager

from rich import progress
from rich.console import Console


class Progress:
    """A line for what is under way, on stderr; a line for each phase where nobody watches."""

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
    def phase(self, title: str, orders: int) -> Generator[Callable[[], object]]:
        """The block calls what it is given after each of its `orders`."""
        if not self._console.is_terminal:
            self._console.print(f"{title}: {orders} orders", highlight=False)
            yield lambda: None
            return
        with self._bars as bars:
            task = bars.add_task(title, total=orders)
            try:
                yield lambda: bars.advance(task)
            finally:
                bars.remove_task(task)
