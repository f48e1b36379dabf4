"""`make stripe-check` refuses keys that could move money, before it imports a test."""

import os
import subprocess
import sys

import pytest

from tests.support.processes import REPOSITORY


@pytest.mark.parametrize("key", ["", "sk_live_1", "rk_live_1", "pk_test_1", "sk_test_simulator"])
def test_other_keys_than_those_of_test_mode_are_refused_in_one_line(key: str) -> None:
    refused = subprocess.run(
        [sys.executable, "-m", "tests.stripe_check"],
        cwd=REPOSITORY,
        env={**os.environ, "STRIPE_API_KEY": key},
        capture_output=True,
        text=True,
        check=False,
    )
    assert refused.returncode == 1
    assert refused.stdout == ""
    [line] = refused.stderr.splitlines()
    assert line.startswith("make stripe-check takes STRIPE_API_KEY=sk_test_")
    assert not key or key not in line
