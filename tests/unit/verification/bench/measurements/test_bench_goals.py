import pytest

from verification.bench.measurements import goals
from verification.bench.measurements.web_page import PageFigures


@pytest.mark.parametrize(("shares", "reached"), [([-0.02, 0.1, 0.3], True), ([0.11], False)])
def test_the_median_round_decides_about_the_sandbox(shares: list[float], *, reached: bool) -> None:
    assert goals.sandbox(shares).reached is reached


def memory(per_order: int) -> list[tuple[int, int]]:
    return [(orders, 100_000_000 + orders * per_order) for orders in range(100, 2001, 100)]


@pytest.mark.parametrize(("per_order", "reached"), [(0, True), (1024, True), (4096, False)])
def test_memory_that_grows_by_kilobytes_per_order_is_not_flat(
    per_order: int, *, reached: bool
) -> None:
    assert goals.memory(memory(per_order)).reached is reached


def test_the_result_for_memory_contains_the_growth_per_order() -> None:
    figure = goals.memory(memory(1024)).figure
    assert figure.startswith("+1.00 KiB per order")


@pytest.mark.parametrize(
    ("slow", "reached"), [(0, True), (1, True), (2, False)], ids=["none", "one", "two"]
)
def test_one_slow_event_in_twenty_is_tolerated(slow: int, *, reached: bool) -> None:
    lags = [40.0] * (20 - slow) + [900.0] * slow
    _, shown, _ = goals.page(PageFigures([300.0], lags, 1000, 50.0))
    assert shown.reached is reached


def test_the_result_for_events_contains_the_median_and_the_slowest() -> None:
    _, shown, _ = goals.page(PageFigures([300.0], [40.0, 60.0, 900.0], 1000, 50.0))
    assert shown.figure == "900 ms (3 events, 60 in the middle, up to 900)"
