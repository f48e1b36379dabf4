"""`python -m tests.verification.releases`: 1,000 payments outlive release 1; prints its figures."""

import argparse
import tempfile
from pathlib import Path

from config.arguments import number, whole_number
from dev.stack.stack import Stack
from tests.support.shop import Shop
from tests.verification.releases.proof import RELEASE_1, Proof

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--payments", type=whole_number(2, 20_000), default=1_000)
    parser.add_argument("--ramp", type=number(1, 50), default=5, help="of the bad release, in %")
    asked = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        Stack(Path(folder), environment=RELEASE_1) as stack,
    ):
        Proof(stack, Shop(stack), print).play(asked.payments, asked.ramp)
