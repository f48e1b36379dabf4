"""Orders of a worker that does not keep to the process are found by the diagrams."""

from pathlib import Path

import pytest

from dev.stack.stack import Stack
from tests.integration.diagrams.streams import assert_drawn
from tests.support.shop import Shop

pytestmark = pytest.mark.proof

BUGGY = "-m tests.verification.bugs.worker tests.verification.bugs.sequence:swap_steps"


def test_goods_that_are_fetched_before_they_are_paid(tmp_path: Path) -> None:
    with Stack(tmp_path, worker=BUGGY) as stack:
        shop = Shop(stack)
        order = shop.order(shop.customer("pm_card_visa"), shop.product())
        shop.await_order(order, "fulfilled")
        shop.http.close()
        deviation = f"order/{order}: event 2, GoodsFetched, can't happen"
        with pytest.raises(AssertionError, match=deviation):
            assert_drawn(stack.environment["DATABASE_URL"])
