"""Payments that wait outlive a bad release, and end under a good one by their own rules."""

from pathlib import Path

import pytest

from dev.stack.stack import Stack
from tests.support.shop import Shop
from tests.verification.releases.proof import RELEASE_1, Proof

PAYMENTS = 100
RAMP = 20.0
"""With 5 % of 100 the bad release would get no payment once in 170 times."""


@pytest.mark.proof
@pytest.mark.timeout(900)
def test_payments_outlive_releases(tmp_path: Path) -> None:
    with Stack(tmp_path, environment=RELEASE_1) as stack:
        said: list[str] = []
        shop = Shop(stack)

        Proof(stack, shop, said.append).play(PAYMENTS, RAMP)

        assert "50 payments, old, canceled: 6 reminders." in said
        shop.http.close()
