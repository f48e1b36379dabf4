"""What operators do in Temporal in a plan; `verification.chaos.interventions` carries it out."""

from dataclasses import dataclass
from enum import StrEnum


class Target(StrEnum):
    """The kind of workflow that an operator chooses."""

    ORDER = "order"
    PAYMENT = "payment"
    REFUND = "refund"


class Point(StrEnum):
    """Where a reset goes back to."""

    FIRST_TASK = "its first task"
    LAST_TASK = "its last task"
    BEFORE_CHILD = "before its payment"
    AFTER_CHARGE = "after its charge"


@dataclass(frozen=True)
class Reset:
    """Reset of a workflow."""

    target: Target
    point: Point

    def __str__(self) -> str:
        return f"reset of {_a(self.target)} to {self.point}"


@dataclass(frozen=True)
class Terminate:
    """Termination of a workflow; after `seconds` it is put right as the runbook says."""

    target: Target
    seconds: float = 1

    def __str__(self) -> str:
        return f"termination of {_a(self.target)}"


@dataclass(frozen=True)
class PauseActivity:
    """Pause of an activity for `seconds`."""

    seconds: float = 2

    def __str__(self) -> str:
        return "pause of an activity"


@dataclass(frozen=True)
class ResetActivity:
    """Reset of an activity."""

    def __str__(self) -> str:
        return "reset of an activity"


Intervention = Reset | Terminate | PauseActivity | ResetActivity

ALL_INTERVENTIONS: tuple[Intervention, ...] = (
    Reset(Target.ORDER, Point.FIRST_TASK),
    Reset(Target.ORDER, Point.LAST_TASK),
    Reset(Target.ORDER, Point.BEFORE_CHILD),
    Reset(Target.PAYMENT, Point.FIRST_TASK),
    Reset(Target.PAYMENT, Point.LAST_TASK),
    Reset(Target.PAYMENT, Point.AFTER_CHARGE),
    *map(Terminate, Target),
    PauseActivity(),
    ResetActivity(),
)
"""Every kind."""


def _a(target: Target) -> str:
    return f"{'an' if target is Target.ORDER else 'a'} {target}"
