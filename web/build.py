"""`python -m web.build`: builds the page into web/dist, unless the build there is up to date.

With `check` it type-checks, lints and tests the page instead. Without Node.js both print a message
and do nothing; under CI=true that is an error.
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

from web.code_excerpts import references

WEB = Path(__file__).parent
ROOT = WEB.parent
DIST = WEB / "dist"
GENERATED = WEB / ".generated"
OPENAPI = GENERATED / "openapi.json"
CODE_EXCERPTS = GENERATED / "code-excerpts.json"
INSTALLED = WEB / "node_modules" / ".lock-digest"

OLDEST_NODE = (20, 19)

PROGRESS_SECONDS = 10
"""Between two messages that a command is still running."""

EXCLUDED_FOLDERS = {".generated", "__pycache__", "dist", "node_modules"}
"""Folders of web/ that are not sources."""


class _FailedError(Exception):
    """A command failed; its output was printed."""


def main() -> int:
    """Returns the exit code."""
    checking = sys.argv[1:] == ["check"]
    if problem := _node_problem():
        _print(f"{problem}: the page is {'not checked' if checking else 'not built'}.")
        return 1 if os.environ.get("CI") == "true" else 0
    try:
        with _locked():
            if checking:
                _check()
            else:
                _build()
    except _FailedError as error:
        _print(f"{error} failed; see above.")
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
    _print("building ...")
    fresh = GENERATED / "dist"
    _npm("run", "build", "--", "--logLevel=warn", f"--outDir={fresh}")
    (fresh / built.name).write_text(digest)
    replace(DIST, fresh)
    _print("built.")


def replace(folder: Path, fresh: Path) -> None:
    """Replace the served folder; it is missing only between two renames."""
    old = fresh.with_name("old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    fresh.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def _prepare() -> None:
    """Install npm packages if they changed; generate the API's types, and the code to show."""
    lock = _digest([WEB / "package-lock.json"])
    if not INSTALLED.is_file() or INSTALLED.read_text() != lock:
        _print("installing npm packages, once (about a minute) ...")
        _npm("ci", "--no-audit", "--no-fund")
        INSTALLED.write_text(lock)
    _run(sys.executable, "-m", "api.export_openapi", str(OPENAPI), cwd=ROOT)
    _run(sys.executable, "-m", "web.code_excerpts", str(CODE_EXCERPTS), cwd=ROOT)
    _npm("run", "types")


def _node_problem() -> str | None:
    """A message if Node.js is missing or too old; None otherwise."""
    needed = f"Node.js {'.'.join(map(str, OLDEST_NODE))} or newer"
    if not (shutil.which("node") and shutil.which("npm")):
        return f"{needed}, with npm, is not on the PATH"
    output = subprocess.run(
        ["node", "--version"], capture_output=True, text=True, check=False
    ).stdout
    version = tuple(int(part) for part in re.findall(r"\d+", output)[:2])
    return None if version >= OLDEST_NODE else f"{needed} is needed, not {output.strip()}"


def _npm(*arguments: str) -> None:
    _run("npm", "--loglevel=error", *arguments, cwd=WEB)


def _run(*command: str, cwd: Path) -> None:
    """Run a command; print its output if it fails, and a message while it takes long."""
    started = time.monotonic()
    with (
        tempfile.TemporaryFile("w+") as output,
        subprocess.Popen(
            command,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        while True:
            try:
                failed = process.wait(PROGRESS_SECONDS) != 0
                break
            except subprocess.TimeoutExpired:
                seconds = time.monotonic() - started
                _print(f"{' '.join(command[:2])} has been running for {seconds:.0f} s ...")
        if failed:
            output.seek(0)
            sys.stdout.write(output.read())
            raise _FailedError(" ".join(command[:4]))


def _sources() -> Iterator[Path]:
    """All sources of the page, including the Python code that it shows or has its types from."""
    yield from (
        file
        for folder in WEB.iterdir()
        if folder.name not in EXCLUDED_FOLDERS
        for file in ([folder] if folder.is_file() else folder.rglob("*"))
    )
    yield from (ROOT / "docs" / "bpmn").glob("*.bpmn")
    for folder in ("api", "config", "domain"):
        yield from (ROOT / folder).rglob("*.py")
    yield from {file for file, _ in references().values()}


def _digest(files: Iterator[Path] | list[Path]) -> str:
    digest = hashlib.sha256()
    for file in sorted(file for file in files if file.is_file()):
        digest.update(str(file.relative_to(ROOT)).encode() + b"\0")
        digest.update(file.read_bytes())
    return digest.hexdigest()


@contextmanager
def _locked() -> Generator[None]:
    """Prevent two concurrent builds into the same folders."""
    GENERATED.mkdir(exist_ok=True)
    with (GENERATED / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _print(text: str) -> None:
    sys.stdout.write(f"Page: {text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
