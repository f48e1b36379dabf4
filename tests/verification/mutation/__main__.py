"""`python -m tests.verification.mutation`: mutates the domain and the ledger, then plants the bugs
of `planted`; what no test notices fails it.

Which code and which tests is said in pyproject.toml, which mutants may survive in survivors.toml.
"""

import json
import logging
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from tests.verification.mutation import planted

ROOT = Path(__file__).parents[3]
WORK = ROOT / ".cache" / "mutation"
NEEDED = [
    "alembic.ini",
    "security",
    "config",
    "dev",
    "domain",
    "pyproject.toml",
    "storage",
    "temporal",
    "tests",
]
SURVIVORS = Path(__file__).parent / "survivors.toml"

LEAST_SCORE = 90.0
"""Percent of the mutants that have to be killed."""

Survivor = tuple[str, str]
"""The mutated function, and the lines that were changed as a diff shows them."""

log = logging.getLogger("mutation")


def mutate() -> None:
    """Try every mutant, in a place of its own."""
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    for name in NEEDED:
        (WORK / name).symlink_to(ROOT / name)
    mutmut("run", show=True)


def score() -> tuple[float, int]:
    """Percent of the mutants that were killed, and how many mutants there are.

    One that makes a test run without end is killed; one that no test reaches is not.
    """
    mutmut("export-cicd-stats")
    stats = json.loads((WORK / "mutants" / "mutmut-cicd-stats.json").read_text())
    return 100 * (stats["killed"] + stats["timeout"]) / stats["total"], stats["total"]


def survivors() -> set[Survivor]:
    """What was not killed."""
    found: set[Survivor] = set()
    for line in mutmut("results").splitlines():
        name, _, outcome = line.strip().partition(": ")
        if outcome not in {"", "killed", "timeout"}:
            diff = mutmut("show", name).splitlines()
            changed = [line for line in diff if line[:1] in {"+", "-"} and line[:3] not in MARKS]
            found.add((_function(name), "\n".join(changed)))
    return found


MARKS = {"+++", "---"}


def listed() -> dict[Survivor, str]:
    """The survivors that are known, and the reason why each may live."""
    entries = tomllib.loads(SURVIVORS.read_text()).get("survivor", [])
    return {(entry["function"], entry["change"].strip("\n")): entry["reason"] for entry in entries}


def mutmut(*arguments: str, show: bool = False) -> str:
    """What it says. Raises `CalledProcessError` if it fails."""
    done = subprocess.run(
        [sys.executable, "-m", "mutmut", *arguments],
        cwd=WORK,
        stdout=None if show else subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout or ""


def main() -> None:
    """Exit 1 if too many mutants survive, or one of which nobody said why it may."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    mutate()
    percent, total = score()
    found, known = survivors(), listed()
    for function, change in sorted(found - known.keys()):
        log.error("\nnot killed, and not in survivors.toml: %s\n%s", function, change)
    for function, change in sorted(known.keys() - found):
        log.error("\nin survivors.toml, but killed or gone: %s\n%s", function, change)
    log.info("\n%.1f %% of %d mutants killed, %d survived", percent, total, len(found))
    all_noticed = planted.report()
    if percent < LEAST_SCORE or found != known.keys() or not all_noticed:
        sys.exit(1)


def _function(mutant: str) -> str:
    """`domain.order.xǁOrderǁafter__mutmut_1` is a mutant of `domain.order.Order.after`."""
    module, _, mangled = mutant.rpartition("__mutmut_")[0].rpartition(".")
    return ".".join([module, *mangled.removeprefix("x_").removeprefix("xǁ").split("ǁ")])


if __name__ == "__main__":
    main()
