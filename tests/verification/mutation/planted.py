"""Small bugs planted one at a time in a copy of the repository: do the quick tests notice them?

`python -m tests.verification.mutation.planted [text]` tries all, or those whose file or description
has the text. `planted.toml` lists them: what is wrong, one text of one file and what it becomes,
and the tests of `make test` that have to fail. It reaches what mutmut does not: workflows,
activities, gateways, the API's services, and functions with decorators. Each fault that tests have
missed becomes an entry.
"""

import logging
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict

ROOT = Path(__file__).parents[3]
COPY = ROOT / ".cache" / "planted"
LIST = Path(__file__).parent / "planted.toml"
SHARED = (".venv", ".cache", "web/node_modules")
"""What the copy borrows; none of it is in the repository."""

SECONDS = 300
"""How long the tests of a bug may take; a bug that makes one run without end is noticed, too."""

NOTICED = 1
"""pytest's exit code for tests that failed; others mean that they did not run."""


log = logging.getLogger("planted")


class PlantedBug(BaseModel):
    """`was` occurs once in `file`; `becomes` is the bug; `tests` are files or tests, by spaces."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    what: str
    file: str
    was: str
    becomes: str
    tests: str

    def planted_in(self, text: str) -> str:
        """The file's text with the bug. Raises `ValueError` if `was` is not there exactly once."""
        if text.count(self.was) != 1:
            message = f"{self.file} has {text.count(self.was)} times, not once:\n{self.was}"
            raise ValueError(message)
        return text.replace(self.was, self.becomes)


class Copy:
    """The files of the repository in a folder of their own."""

    def __init__(self, folder: Path = COPY) -> None:
        """Nothing is copied yet."""
        self._folder = folder

    @classmethod
    def create(cls) -> Self:
        """Of the files that git knows or would add."""
        copy = cls()
        shutil.rmtree(copy._folder, ignore_errors=True)
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        for name in filter(None, listed.stdout.split("\0")):
            if (ROOT / name).is_file():
                (copy._folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, copy._folder / name)
        for name in SHARED:
            if (ROOT / name).exists():
                (copy._folder / name).symlink_to((ROOT / name).resolve())
        return copy

    def notices(self, bug: PlantedBug) -> bool:
        """Whether the bug's tests fail; afterwards the copy is as it was."""
        file = self._folder / bug.file
        good = file.read_text()
        file.write_text(bug.planted_in(good))
        try:
            return self._run(bug.tests) == NOTICED
        finally:
            file.write_text(good)

    def _run(self, tests: str) -> int:
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-m", "not proof", *tests.split()]
        options = ["-p", "no:cacheprovider"]
        try:
            return subprocess.run(
                [*command, *options],
                cwd=self._folder,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=SECONDS,
                check=False,
            ).returncode
        except subprocess.TimeoutExpired:
            return NOTICED


def planted_bugs() -> list[PlantedBug]:
    """The list."""
    entries = tomllib.loads(LIST.read_text())["bug"]
    return [PlantedBug.model_validate(entry) for entry in entries]


def tried(wanted: str = "") -> Iterator[tuple[PlantedBug, bool]]:
    """Each bug whose text or file contains `wanted`, and whether its tests noticed it."""
    copy = Copy.create()
    for bug in planted_bugs():
        if wanted in bug.what or wanted in bug.file:
            yield bug, copy.notices(bug)


def report(wanted: str = "") -> bool:
    """Log each bug, as it is tried; whether all were noticed."""
    missed = 0
    for bug, noticed in tried(wanted):
        missed += not noticed
        log.info("%s %s: %s", "noticed    " if noticed else "NOT NOTICED", bug.file, bug.what)
    return not missed


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    sys.exit(0 if report(*sys.argv[1:2]) else 1)
