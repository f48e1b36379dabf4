"""`python -m web.build`: builds the page into web/dist, unless it is there as the sources have it.

With `check` it is type-checked, linted and tested instead. Without Node.js both say so and do
nothing; under CI=true, where nothing may be left out, that is an error.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

WEB = Path(__file__).parent
ROOT = WEB.parent
DIST = WEB / "dist"
GENERATED = WEB / ".generated"
OPENAPI = GENERATED / "openapi.json"
INSTALLED = WEB / "node_modules" / ".lock-digest"

OLDEST_NODE = (20, 19)

SILENCE_SECONDS = 10
"""After which it is said that a command still runs."""

NOT_SOURCES = {".generated", "__pycache__", "dist", "node_modules"}
"""Of web/."""


class _FailedError(Exception):
    """A command failed; it has said why."""


def main() -> int:
    """Returns the exit code."""
    checking = sys.argv[1:] == ["check"]
    if complaint := _complaint_about_node():
        _say(f"{complaint}: the page is {'not checked' if checking else 'not built'}.")
        return 1 if os.environ.get("CI") == "true" else 0
    try:
        with _alone():
            if checking:
                _check()
            else:
                _build()
    except _FailedError as error:
        _say(f"{error} failed; see above.")
        return 1
    return 0


def _check() -> None:
    _prepare()
    _npm("run", "check")
    _npm("test")


def _build() -> None:
    digest = _digest(_sources())
    built = DIST / ".digest"
    if built.is_file() and built.read_text() == digest:
        return
    _prepare()
    _say("building it ...")
    fresh = GENERATED / "dist"
    _npm("run", "build", "--", "--logLevel=warn", f"--outDir={fresh}")
    (fresh / built.name).write_text(digest)
    replace(DIST, fresh)
    _say("built.")


def replace(folder: Path, fresh: Path) -> None:
    """What is served is the old page or the new one, but for the moment between two renamings."""
    old = fresh.with_name("old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    fresh.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def _prepare() -> None:
    """What the page is made with, and the API's types."""
    lock = _digest([WEB / "package-lock.json"])
    if not INSTALLED.is_file() or INSTALLED.read_text() != lock:
        _say("installing what it is made with, once (a minute or so) ...")
        _npm("ci", "--no-audit", "--no-fund")
        INSTALLED.write_text(lock)
    _run(sys.executable, "-m", "api.export_openapi", str(OPENAPI), cwd=ROOT)
    _npm("run", "types")


def _complaint_about_node() -> str | None:
    """In words, if there is no Node.js, or one that is too old."""
    needed = f"Node.js {'.'.join(map(str, OLDEST_NODE))} or newer"
    if not (shutil.which("node") and shutil.which("npm")):
        return f"{needed}, with npm, is not on the PATH"
    said = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout
    version = tuple(int(part) for part in re.findall(r"\d+", said)[:2])
    return None if version >= OLDEST_NODE else f"{needed} is needed, not {said.strip()}"


def _npm(*arguments: str) -> None:
    _run("npm", "--loglevel=error", *arguments, cwd=WEB)


def _run(*command: str, cwd: Path) -> None:
    """What it writes is shown if it fails; that it takes long is said while it does."""
    began = time.monotonic()
    with (
        tempfile.TemporaryFile("w+") as written,
        subprocess.Popen(
            command,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        while True:
            try:
                failed = process.wait(SILENCE_SECONDS) != 0
                break
            except subprocess.TimeoutExpired:
                _say(f"{' '.join(command[:2])} has run for {time.monotonic() - began:.0f} s ...")
        if failed:
            written.seek(0)
            sys.stdout.write(written.read())
            raise _FailedError(" ".join(command[:4]))


def _sources() -> Iterator[Path]:
    """Everything that the page is made of; the API's types come from Python."""
    yield from (
        file
        for folder in WEB.iterdir()
        if folder.name not in NOT_SOURCES
        for file in ([folder] if folder.is_file() else folder.rglob("*"))
    )
    yield from (ROOT / "docs" / "bpmn").glob("*.bpmn")
    for folder in ("api", "domain"):
        yield from (ROOT / folder).rglob("*.py")
    yield ROOT / "config.py"


def _digest(files: Iterator[Path] | list[Path]) -> str:
    digest = hashlib.sha256()
    for file in sorted(file for file in files if file.is_file()):
        digest.update(str(file.relative_to(ROOT)).encode() + b"\0")
        digest.update(file.read_bytes())
    return digest.hexdigest()


@contextmanager
def _alone() -> Generator[None]:
    """Two at the same time would build into the same folders."""
    GENERATED.mkdir(exist_ok=True)
    with (GENERATED / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _say(text: str) -> None:
    sys.stdout.write(f"Page: {text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
