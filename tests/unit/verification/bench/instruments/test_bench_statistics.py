import pytest

from verification.bench.instruments.statistics import growth_in_second_half, percentile, shares


@pytest.mark.parametrize(
    ("percent", "expected"), [(0, 1), (1, 1), (50, 50), (50.5, 51), (99, 99), (100, 100)]
)
def test_a_percentile_is_a_value_that_was_measured(percent: float, expected: float) -> None:
    assert percentile([float(value) for value in range(100, 0, -1)], percent) == expected


def test_any_percentile_of_one_value_is_that_value() -> None:
    assert {percentile([7.0], percent) for percent in (0, 50, 99, 100)} == {7.0}


@pytest.mark.parametrize(("values", "percent"), [([], 50), ([1.0], -1), ([1.0], 101)])
def test_a_percentile_outside_0_to_100_or_of_no_values_is_an_error(
    values: list[float], percent: float
) -> None:
    with pytest.raises(ValueError, match="no percentile"):
        percentile(values, percent)


def test_growth_while_warming_up_is_not_growth() -> None:
    warming_up = [(100, 10.0), (200, 500.0), (300, 900.0), (400, 1000.0)]
    steady = [(500, 1000.0), (600, 1000.0), (700, 1000.0), (800, 1000.0)]
    assert growth_in_second_half(warming_up + steady) == 0


def test_growth_is_per_order() -> None:
    assert growth_in_second_half([(100 * n, 300.0 * n) for n in range(1, 9)]) == pytest.approx(3)


def test_growth_of_three_points_is_no_trend() -> None:
    with pytest.raises(ValueError, match="no trend in 3 points"):
        growth_in_second_half([(1, 1.0), (2, 2.0), (3, 3.0)])


@pytest.mark.parametrize(
    ("total", "rounds", "expected"),
    [(300, 5, [60] * 5), (7, 3, [3, 2, 2]), (4, 1, [4]), (1, 2, [1]), (0, 2, [0])],
)
def test_rounds_share_the_orders(total: int, rounds: int, expected: list[int]) -> None:
    assert shares(total, rounds) == expected
