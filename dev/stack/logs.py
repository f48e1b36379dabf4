"""The output of the processes, as it is written."""

import re
from collections.abc import Iterator
from pathlib import Path

# Lines of supervisor's log that matter to people, and what is printed instead.
_NEWS = (
    (
        re.compile(r"(?:WARN|INFO) exited: (\S+) \((.*?)(?:; \w+ ?\w*)?\)"),
        "{0} died ({1}); restarting it",
    ),
    (re.compile(r"INFO gave up: (\S+) "), "{0} dies again and again; given up"),
    (re.compile(r"WARN killing '(\S+)'"), "{0} does not stop; killing it"),
)


class LogFollower:
    """Reads what is added to the `*.log` files of a folder from now on."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._positions = {path: path.stat().st_size for path in folder.glob("*.log")}

    def new_lines(self) -> Iterator[tuple[str, str]]:
        """(process, line) for each complete line since the last call; `supervisord` is supervisor's
        own log.
        """
        for path in sorted(self._folder.glob("*.log")):
            position = self._positions.get(path, 0)
            if path.stat().st_size < position:  # supervisor began a new file
                position = 0
            with path.open("rb") as file:
                file.seek(position)
                whole = file.read().rpartition(b"\n")[0]
            if whole:
                self._positions[path] = position + len(whole) + 1
                for line in whole.decode(errors="replace").split("\n"):
                    yield path.stem, line


def news(line: str) -> str | None:
    """What a line of supervisor's log means to people, such as a process that died; None if
    nothing.
    """
    for pattern, text in _NEWS:
        if found := pattern.search(line):
            return text.format(*found.groups())
    return None
