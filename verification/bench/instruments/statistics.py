"""Arithmetic on measurements."""

import math
from collections.abc import Sequence
from statistics import linear_regression


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that `percent` % of the values do not exceed (nearest rank).

    Raises ValueError without values, or if `percent` is not in 0..100.
    """
    if not values or not 0 <= percent <= 100:  # noqa: PLR2004  percent
        message = f"no percentile {percent} of {len(values)} values"
        raise ValueError(message)
    rank = max(1, math.ceil(len(values) * percent / 100))
    return sorted(values)[rank - 1]


def growth_in_second_half(points: Sequence[tuple[float, float]]) -> float:
    """The slope of a least-squares line through the second half of the points.

    The first half is warm-up: caches fill. Raises ValueError with fewer than four points.
    """
    if len(points) < 4:  # noqa: PLR2004  two for a line
        message = f"no trend in {len(points)} points"
        raise ValueError(message)
    xs, ys = zip(*points[len(points) // 2 :], strict=True)
    return linear_regression(xs, ys).slope


def shares(total: int, rounds: int) -> list[int]:
    """`total` in `rounds` parts that differ by one at the most, larger ones first; none is 0."""
    rounds = max(1, min(rounds, total))
    part, rest = divmod(total, rounds)
    return [part + (number < rest) for number in range(rounds)]
