"""What a plan with every kind of fault has to show, besides sound books."""

from verification.chaos.faults import Injector
from verification.chaos.plan import Plan
from verification.chaos.recovery import BOUND, Recovery, percentile

ENOUGH_ORDERS = 300
"""For a plan that has every kind of fault."""


def missed(plan: Plan, injector: Injector, recovery: Recovery, *, in_ci: bool) -> list[str]:
    """In one line each; of a smaller plan nothing is asked.

    In CI each kind of fault has to be playable.
    """
    if plan.orders < ENOUGH_ORDERS:
        return []
    breaches = [
        f"{fault} had no effect: {why}"
        for fault, why in injector.without_effect(plan).items()
        if in_ci or fault not in injector.left_out
    ]
    seconds = recovery.all_seconds
    if seconds and (p99 := percentile(seconds, 99)) > BOUND:
        breaches.append(f"recovery after SIGKILL took {p99:.0f} s (p99), and {BOUND:.0f} s at most")
    return breaches
