"""The requirements on a run whose plan has every kind of fault."""

from types import SimpleNamespace
from typing import Any

import pytest

from verification.chaos.effects import Effect
from verification.chaos.recovery import BOUND
from verification.chaos.requirements import ENOUGH_ORDERS, unmet_requirements


def unmet(  # noqa: PLR0913  what a run may lack
    *,
    orders: int = ENOUGH_ORDERS,
    without_effect: tuple[str, ...] = (),
    unsupported: tuple[str, ...] = (),
    without_target: tuple[str, ...] = (),
    missing: Effect | None = None,
    seconds: float = 1,
    in_ci: bool = False,
) -> list[str]:
    silent = dict.fromkeys((*without_effect, *unsupported), "why")
    injector: Any = SimpleNamespace(
        without_effect=lambda _plan: silent, unsupported=dict.fromkeys(unsupported, "why")
    )
    interventions: Any = SimpleNamespace(
        without_effect=lambda _plan: dict.fromkeys(without_target, "why")
    )
    recovery: Any = SimpleNamespace(all_seconds=[seconds])
    plan: Any = SimpleNamespace(orders=orders)
    effects = {effect: int(effect is not missing) for effect in Effect}
    return unmet_requirements(plan, injector, interventions, effects, recovery, in_ci=in_ci)


def test_a_fault_without_effect_is_a_violation() -> None:
    assert unmet(without_effect=("cards: down",)) == ["cards: down had no effect: why"]


def test_an_operator_who_finds_nothing_to_act_upon_is_a_violation() -> None:
    kind = "termination of a refund"

    assert unmet(without_target=(kind,)) == [f"{kind} had no effect: why"]
    assert unmet(orders=ENOUGH_ORDERS - 1, without_target=(kind,)) == []


@pytest.mark.parametrize("effect", Effect)
def test_whatever_cards_never_brought_is_a_violation(effect: Effect) -> None:
    assert unmet(missing=effect) == [f"there were no {effect}"]


@pytest.mark.parametrize("in_ci", [True, False])
def test_an_unsupported_fault_is_a_violation_in_ci(*, in_ci: bool) -> None:
    assert bool(unmet(unsupported=("database unavailable",), in_ci=in_ci)) == in_ci


def test_a_recovery_beyond_its_bound_is_a_violation() -> None:
    assert unmet(seconds=BOUND) == []
    assert len(unmet(seconds=BOUND + 1)) == 1


def test_a_small_plan_has_no_requirements() -> None:
    assert unmet(orders=ENOUGH_ORDERS - 1, without_effect=("cards: down",), seconds=500) == []
    assert unmet(orders=ENOUGH_ORDERS - 1, missing=Effect.WHOLE) == []
