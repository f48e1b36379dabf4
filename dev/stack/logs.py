"""What the processes write, as it is written, with each one's name in front."""

import re
from collections.abc import Iterator
from pathlib import Path

# supervisor's own words for what people should hear of, and ours.
_NEWS = (
    (
        re.compile(r"(?:WARN|INFO) exited: (\S+) \((.*?)(?:; \w+ ?\w*)?\)"),
        "{0} died ({1}); restarting it",
    ),
    (re.compile(r"INFO gave up: (\S+) "), "{0} dies again and again; given up"),
    (re.compile(r"WARN killing '(\S+)'"), "{0} does not stop; killing it"),
)


class LogFollower:
    """Reads on in the `*.log` files of a folder, from where they end when it is made."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._positions = {path: path.stat().st_size for path in folder.glob("*.log")}

    def new_lines(self) -> Iterator[tuple[str, str]]:
        """(process, line) for each whole line since the last call; supervisor's own log is the
        process `supervisord`.
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
    """What a line of supervisor's log says to people: a process died, was restarted, was given
    up.
    """
    for pattern, text in _NEWS:
        if found := pattern.search(line):
            return text.format(*found.groups())
    return None
