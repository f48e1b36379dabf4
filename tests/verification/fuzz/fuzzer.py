"""Runs schemathesis, with every check it has, as one person after the other."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from tests.support.processes import REPOSITORY
from tests.verification.fuzz.fixture import REQUEST_TIMEOUT_SECONDS, Fixture


@dataclass(frozen=True)
class Round:
    """What one person tried: so many cases, and how it ended."""

    who: str
    seed: int
    cases: int
    exit_code: int
    said: Path

    def __str__(self) -> str:
        return f"{self.who}, seed {self.seed}: {self.cases} cases, exit code {self.exit_code}"


class NothingTriedError(Exception):
    """Schemathesis did not get as far as its first case."""

    def __init__(self, played: Round) -> None:
        """Names what it said of that."""
        super().__init__(f"{played}; see {played.said}")


def rounds(fixture: Fixture, seed: int, cases: int, examples: int) -> Iterator[Round]:
    """As many as it takes for so many cases; each seed is everybody's once.

    Raises `NothingTriedError` after one without a case: further ones would not have any either.

    `examples` is the largest number of cases that are drawn for an endpoint at random; those that
    follow from the document's bounds come on top.
    """
    tried = 0
    for one_seed in count(seed):
        for who in fixture.bearers:
            played = _play(fixture, who, one_seed, examples)
            yield played
            if not played.cases:
                raise NothingTriedError(played)
            tried += played.cases
        if tried >= cases:
            return


def _play(fixture: Fixture, who: str, seed: int, examples: int) -> Round:
    report, said = fixture.folder / f"{who}-{seed}.json", fixture.folder / f"{who}-{seed}.log"
    command = [
        *("schemathesis.cli", "--config-file", str(fixture.configuration(who))),
        *("run", f"{fixture.stack.api_url}/openapi.json", "--checks=all", "--continue-on-failure"),
        # How long a response takes depends on what else the machine does.
        f"--max-response-time={REQUEST_TIMEOUT_SECONDS}",
        *(f"--seed={seed}", f"--max-examples={examples}"),
        *("--report=json", f"--report-json-path={report}"),
    ]
    environment = {
        "PYTHONPATH": str(REPOSITORY),
        "SCHEMATHESIS_HOOKS": "tests.verification.fuzz.hooks",
        "STRIPE_WEBHOOK_SECRETS": fixture.stack.environment["STRIPE_WEBHOOK_SECRETS"],
    }
    with said.open("w") as output:
        done = subprocess.run(
            [sys.executable, "-m", *command],
            cwd=fixture.folder,
            env=os.environ | environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    cases = json.loads(report.read_text())["test_cases"]["generated"] if report.exists() else 0
    return Round(who, seed, cases, done.returncode, said)
