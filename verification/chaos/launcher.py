"""`python -m verification.chaos.launcher`: becomes the worker that the file named by
CHAOS_WORKER describes.

So that supervisor starts, under the same name, another release of the worker or one whose clock is
weeks off.
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
    """What Python is given to run, and additions to the environment."""

    arguments: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict[str, str])

    def write(self, file: Path) -> None:
        """Whoever is launched from now on is this one."""
        new = file.with_suffix(".new")
        new.write_text(json.dumps(asdict(self)))
        new.replace(file)


def main() -> None:
    """Replaces this process."""
    worker = Worker(**json.loads(Path(os.environ[VARIABLE]).read_text()))
    environment = os.environ | worker.environment
    os.execve(sys.executable, [sys.executable, *worker.arguments], environment)  # noqa: S606


if __name__ == "__main__":
    main()
