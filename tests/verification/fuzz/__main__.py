"""`python -m tests.verification.fuzz`: thousands of requests that nobody thought of; then the
audit.

Exit code 0 if every answer was one that the OpenAPI document has, nobody saw another's things, and
the books are right.
"""

import argparse
import random
import sys
import tempfile
from pathlib import Path

from tests.support.audits import assert_consistent
from tests.support.token_stack import TokenStack
from tests.verification.fuzz.fixture import NO_LIMITS, Fixture
from tests.verification.fuzz.fuzzer import rounds


def main() -> int:
    """Says after each round how far it has come."""
    parser = argparse.ArgumentParser(prog="python -m tests.verification.fuzz", description=__doc__)
    parser.add_argument("--cases", type=int, default=10_000, help="at least (default: %(default)s)")
    parser.add_argument("--examples", type=int, default=60, help="of an endpoint in a round")
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
    sys.stdout.write(f"fuzz: seed {asked.seed}; what schemathesis says is in {folder}\n")
    cases, failed = 0, 0
    with TokenStack(folder / "stack", NO_LIMITS) as stack:
        fixture = Fixture.create(stack, folder)
        for played in rounds(fixture, asked.seed, asked.cases, asked.examples):
            cases += played.cases
            sys.stdout.write(f"fuzz: {played}; {cases} of {asked.cases}\n")
            if played.exit_code:
                failed += 1
                sys.stdout.write(played.said.read_text())
            sys.stdout.flush()
        assert_consistent(stack)
    sys.stdout.write(f"fuzz: {cases} cases, {failed} rounds failed, the audit found nothing\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
