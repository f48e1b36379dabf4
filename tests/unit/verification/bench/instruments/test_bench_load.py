import asyncio

import pytest

from verification.bench.errors import InvalidMeasurementError
from verification.bench.instruments import load
from verification.bench.instruments.load import Load, carry_out


class Shop:
    """Counts the orders under way."""

    def __init__(self) -> None:
        self.under_way = self.most_under_way = self.done = 0

    async def order(self) -> None:
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        await asyncio.sleep(0)
        self.under_way -= 1

    def count(self) -> None:
        self.done += 1


@pytest.mark.parametrize(("orders", "concurrency", "most"), [(50, 7, 7), (3, 20, 3), (0, 5, 0)])
async def test_the_concurrency_is_limited(orders: int, concurrency: int, most: int) -> None:
    shop = Shop()
    await carry_out(shop.order, orders, concurrency, shop.count)
    assert (shop.done, shop.most_under_way) == (orders, most)


async def test_the_first_failure_ends_the_load() -> None:
    shop = Shop()

    async def fail() -> None:
        await shop.order()
        raise LookupError

    with pytest.raises(LookupError):
        await carry_out(fail, 100, 5, shop.count)
    assert shop.done == 0


async def test_an_order_that_does_not_end_times_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(load, "ORDER_LIMIT", 0.01)
    with pytest.raises(InvalidMeasurementError, match="did not end"):
        await carry_out(asyncio.Event().wait, 1, 1, list)


def test_a_load_has_numbered_rounds() -> None:
    assert list(Load(orders=7, rounds=2, concurrency=1)) == [(1, 4), (2, 3)]
