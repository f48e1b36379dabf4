"""Requirements on a run besides consistent records.

Every fault takes effect, operators find what to act upon, cards bring everything that they can, and
recovery is fast.
"""

from collections.abc import Mapping

from verification.chaos.effects import Effect
from verification.chaos.faults import Injector
from verification.chaos.interventions import Interventions
from verification.chaos.plan import Plan
from verification.chaos.recovery import BOUND, Recovery, percentile

ENOUGH_ORDERS = 300
"""The least number of orders whose plan contains every kind of fault and of order."""


def unmet_requirements(  # noqa: PLR0913  what a run has to show
    plan: Plan,
    injector: Injector,
    interventions: Interventions,
    effects: Mapping[Effect, int],
    recovery: Recovery,
    *,
    in_ci: bool,
) -> list[str]:
    """The requirements that a run misses, a line each; a smaller plan has none.

    `effects` counts what cards brought. In CI unsupported faults are violations too.
    """
    if plan.orders < ENOUGH_ORDERS:
        return []
    violations = [
        f"{fault} had no effect: {why}"
        for fault, why in injector.without_effect(plan).items()
        if in_ci or fault not in injector.unsupported
    ]
    violations += [
        f"{kind} had no effect: {why}" for kind, why in interventions.without_effect(plan).items()
    ]
    violations += [f"there were no {effect}" for effect in Effect if not effects.get(effect)]
    seconds = recovery.all_seconds
    if seconds and (p99 := percentile(seconds, 99)) > BOUND:
        violations.append(f"recovery after SIGKILL took {p99:.0f} s (p99), more than {BOUND:.0f} s")
    return violations
