"""Builds the server and its Web UI, in the versions pinned in go.mod, into `.cache/temporal/`."""

import fcntl
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from temporal.errors import ServerUnavailableError

HERE = Path(__file__).parent
CACHE = HERE.parents[1] / ".cache" / "temporal"
SERVER_PACKAGE = "go.temporal.io/server/cmd/server"
UI_PACKAGE = "github.com/temporalio/ui-server/v2/cmd/server"
# Seconds between two lines of progress: often for a person at a terminal, seldom in a log.
REFRESH_ON_TERMINAL = 1.0
REFRESH_IN_LOG = 20.0


@dataclass(frozen=True)
class Binaries:
    """The two programs built in the pinned versions."""

    server: Path
    ui: Path

    @property
    def exist(self) -> bool:
        """Whether both are built."""
        return self.server.exists() and self.ui.exists()


def pinned_version(module: str) -> str:
    """The version of `module` in go.mod, such as `v1.32.1`.

    Raises ServerUnavailableError if there is none.
    """
    found = re.search(
        rf"^\s*(?:require )?{re.escape(module)} (v\S+)", (HERE / "go.mod").read_text(), re.MULTILINE
    )
    if not found:
        raise ServerUnavailableError(f"dev/temporal_server/go.mod pins no version of {module}.")
    return found[1]


def pinned_binaries(cache: Path = CACHE) -> Binaries:
    """Where the pinned versions are, or will be once they are built."""
    server = pinned_version("go.temporal.io/server")
    ui = pinned_version("github.com/temporalio/ui-server/v2")
    folder = cache / f"{server}-ui-{ui}"
    return Binaries(folder / "temporal-server", folder / "temporal-ui")


def build(cache: Path = CACHE) -> Binaries:
    """Builds the programs that are missing; takes several minutes the first time.

    Two processes may call this at once: the second waits for the first, and has nothing to build.
    Raises ServerUnavailableError if there is no Go toolchain, or it fails.
    """
    binaries = pinned_binaries(cache)
    with _only_one_at_a_time(cache):
        if not binaries.server.exists():
            _go_build(SERVER_PACKAGE, binaries.server, "Temporal server")
        if not binaries.ui.exists():
            _go_build(UI_PACKAGE, binaries.ui, "Temporal Web UI")
    return binaries


@contextmanager
def _only_one_at_a_time(cache: Path) -> Generator[None]:
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "build.lock").open("w") as lock:
        # Released when the file is closed, also if the process is killed.
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _go_build(package: str, target: Path, title: str) -> None:
    go = shutil.which("go")
    if not go:
        raise ServerUnavailableError("There is no Go toolchain to build the Temporal server with.")
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f"{target.name}.{os.getpid()}.unfinished")
    # -v prints each package as it is compiled: this is the progress shown.
    command = [go, "build", "-v", "-mod=readonly", "-o", str(unfinished), package]
    try:
        with subprocess.Popen(
            command, cwd=HERE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True
        ) as process:
            last_line = _show_progress(process.stderr or [], title)
        if process.returncode != 0:
            raise ServerUnavailableError(f"Building the {title} failed: {last_line}")
        unfinished.rename(target)
    finally:
        unfinished.unlink(missing_ok=True)


def _show_progress(lines: Iterable[str], title: str) -> str:
    """Shows the package that Go compiles and the time since the start; returns Go's last line."""
    started = time.monotonic()
    refresh = REFRESH_ON_TERMINAL if sys.stderr.isatty() else REFRESH_IN_LOG
    shown_at, line = -refresh, ""
    for count, line in enumerate(lines, 1):
        now = time.monotonic() - started
        if now - shown_at >= refresh:
            shown_at = now
            _show(
                f"Building the {title}: {_clock(now)}, step {count}: {line.strip()}", passing=True
            )
    _show(f"Building the {title} took {_clock(time.monotonic() - started)}.")
    return line.strip()


def _show(text: str, *, passing: bool = False) -> None:
    """Writes a line to stderr; on a terminal, the next line replaces a `passing` one."""
    if sys.stderr.isatty():
        width = shutil.get_terminal_size().columns
        text = f"\r\x1b[K{text[: width - 1]}"
    print(text, end="" if passing and sys.stderr.isatty() else "\n", file=sys.stderr, flush=True)


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
