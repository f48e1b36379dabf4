"""`python -m tests.containers`: builds the image, brings both compose files up as containers of an
engine of its own, plays what happens to them, and audits them. As root, on Debian.
"""

import sys
import tempfile
from pathlib import Path

from tests.containers import development, production
from tests.containers.steps import step
from tests.support.containers import stand_ins
from tests.support.containers.engine import Engine, missing, running_engine


@step
def make_stand_ins(engine: Engine) -> None:
    """Make images under the names of those that are pulled elsewhere"""
    stand_ins.make_all(engine)


def main() -> int:
    """Returns the exit code."""
    if lack := missing():
        sys.stderr.write(f"Containers can't be run: {lack}.\n")
        return 1
    with tempfile.TemporaryDirectory() as folder, running_engine() as engine:
        make_stand_ins(engine)
        development.build_image(engine)
        for part in (development, production):
            place = Path(folder) / part.__name__
            place.mkdir()
            part.drill(engine, place)
    return 0


if __name__ == "__main__":
    sys.exit(main())
