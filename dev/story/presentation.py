"""Shows the story in the terminal: a timeline per scenario, growing as things happen."""

from datetime import UTC, datetime
from threading import Lock

from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.table import Table
from rich.text import Text

from clients.event_text import text_of
from clients.rest import Event
from dev.story.audience import Audience

SECONDS_PER_DAY = 86_400


class Timetable(Audience):
    """Prints the story to a console; `followed` lists the kind and id of what was followed."""

    def __init__(self, console: Console) -> None:
        self.followed: list[tuple[str, str]] = []
        self._console = console
        self._lock = Lock()
        self._live = Live(self, console=console, auto_refresh=False)
        self._rows: list[tuple[datetime, str, Text]] = []

    def scenario(self, number: int, title: str) -> None:
        """Starts a new timeline under its title."""
        self._console.print()
        self._console.print(Text(f"{number}. {title}", style="bold"))
        with self._lock:
            self._rows = []
            self._live = Live(self, console=self._console, auto_refresh=False)
            self._live.start()

    def says(self, text: str) -> None:
        """Adds what a person did."""
        self._add(None, "", Text(text, style="italic"))

    def follows(self, kind: str, id: str) -> None:
        """Adds it to `followed`."""
        self.followed.append((kind, id))

    def event(self, event: Event) -> None:
        """Adds what happened."""
        self._add(datetime.fromisoformat(event.at), event.kind, text_of(event))

    def ended(self, outcome: str) -> None:
        """Ends the timeline with the outcome."""
        self._add(None, "", Text(f"✓ {outcome}", style="bold green"))
        self.close()

    def close(self) -> None:
        """Stops updating the timeline; safe to repeat."""
        self._live.stop()

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The timeline so far."""
        table = Table.grid(padding=(0, 2))
        table.add_column(width=8, justify="right", style="cyan")
        table.add_column(width=7, style="dim")
        table.add_column()
        last_day = None
        for at, kind, words in self._rows:
            # Days on the payment's clock, counted from the first event.
            day = round((at - self._rows[0][0]).total_seconds() / SECONDS_PER_DAY)
            table.add_row(f"day {day}" if kind and day != last_day else "", kind, words)
            last_day = day if kind else last_day
        yield table

    def _add(self, at: datetime | None, kind: str, words: Text) -> None:
        with self._lock:
            at = at or (self._rows[-1][0] if self._rows else datetime.now(UTC))
            self._rows.append((at, kind, words))
            self._live.refresh()
