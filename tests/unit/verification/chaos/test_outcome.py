"""What a plan with every kind of fault has to show."""

from types import SimpleNamespace
from typing import Any

import pytest

from verification.chaos.outcome import ENOUGH_ORDERS, missed
from verification.chaos.recovery import BOUND


def told(
    *,
    orders: int = ENOUGH_ORDERS,
    without_effect: tuple[str, ...] = (),
    left_out: tuple[str, ...] = (),
    seconds: float = 1,
    in_ci: bool = False,
) -> list[str]:
    silent = dict.fromkeys((*without_effect, *left_out), "why")
    injector: Any = SimpleNamespace(
        without_effect=lambda _plan: silent, left_out=dict.fromkeys(left_out, "why")
    )
    recovery: Any = SimpleNamespace(all_seconds=[seconds])
    plan: Any = SimpleNamespace(orders=orders)
    return missed(plan, injector, recovery, in_ci=in_ci)


def test_a_fault_without_effect_is_a_breach() -> None:
    assert told(without_effect=("cards: down",)) == ["cards: down had no effect: why"]


@pytest.mark.parametrize("in_ci", [True, False])
def test_what_cannot_be_played_is_a_breach_in_ci(*, in_ci: bool) -> None:
    assert bool(told(left_out=("database away",), in_ci=in_ci)) == in_ci


def test_a_recovery_beyond_its_bound_is_a_breach() -> None:
    assert told(seconds=BOUND) == []
    assert len(told(seconds=BOUND + 1)) == 1


def test_of_a_small_plan_nothing_is_asked() -> None:
    assert told(orders=ENOUGH_ORDERS - 1, without_effect=("cards: down",), seconds=500) == []
