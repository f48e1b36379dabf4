"""`python -m verification.chaos.launcher`: executes the worker that the file CHAOS_WORKER names.

Supervisor can thus start, under the same name, another release of the worker or one with a wrong
clock.
"""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

VARIABLE = "CHAOS_WORKER"


@dataclass(frozen=True)
class Worker:
    """The arguments of Python, and additions to the environment."""

    arguments: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict[str, str])

    def write(self, file: Path) -> None:
        """Make this the worker that is launched from now on."""
        new = file.with_suffix(".new")
        new.write_text(json.dumps(asdict(self)))
        new.replace(file)


def main() -> None:
    """Replace this process by the worker."""
    worker = Worker(**json.loads(Path(os.environ[VARIABLE]).read_text()))
    environment = os.environ | worker.environment
    os.execve(sys.executable, [sys.executable, *worker.arguments], environment)  # noqa: S606


if __name__ == "__main__":
    main()
