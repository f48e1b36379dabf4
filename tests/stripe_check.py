"""`make stripe-check`: the contract tests of the card provider's gateway, at Stripe itself."""

import os
import sys

import pytest

KEY = "STRIPE_CHECK_KEY"
"""The environment variable with the key; another than the product's, so that no other run of the
tests reaches Stripe.
"""

TESTS = "tests/unit/gateways/test_card_provider_contract.py"

_TEST_KEYS = ("sk_test_", "rk_test_")


def main() -> int:
    """Run the tests with STRIPE_API_KEY, which must be a key of test mode; return pytest's code."""
    key = os.environ.get("STRIPE_API_KEY", "")
    if not key.startswith(_TEST_KEYS) or "simulator" in key:
        # Only these are known to move no money; the key is not repeated.
        sys.exit("make stripe-check takes STRIPE_API_KEY=sk_test_… or rk_test_…, no live key.")
    os.environ[KEY] = key
    return pytest.main([TESTS, "-p", "no:cacheprovider"])


if __name__ == "__main__":
    sys.exit(main())
