"""The kinds of faults in a plan; `verification.chaos.faults` injects them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

POSTGRESQL = "postgresql"
"""The one process that supervisor does not manage."""


@dataclass(frozen=True)
class Kill:
    """SIGKILL of a process."""

    process: str

    def __str__(self) -> str:
        return f"SIGKILL of {self.process}"


@dataclass(frozen=True)
class Misbehave:
    """A fault of a simulator: for the `times` in the switch, or for `seconds`."""

    simulator: str
    switch: Mapping[str, Any] = field(hash=False)
    seconds: float = 0

    def __str__(self) -> str:
        name = str(self.switch["mode"])
        effect = ", after the effect" if self.switch.get("after_effect") else ""
        path = f" on {self.switch['only']}" if "only" in self.switch else ""
        return f"{self.simulator}: {name}{effect}{path}"


@dataclass(frozen=True)
class SlowBanks:
    """Banks leave charges pending for `seconds`, at least one; each is decided later."""

    seconds: float

    def __str__(self) -> str:
        return "banks decide late"


@dataclass(frozen=True)
class Webhooks:
    """A fault of the provider's webhooks for `seconds`, and the process killed meanwhile."""

    name: str
    switches: Mapping[str, Any] = field(hash=False)
    seconds: float
    kills: str = ""

    def __str__(self) -> str:
        return f"webhooks {self.name}" + (f", SIGKILL of {self.kills}" if self.kills else "")


@dataclass(frozen=True)
class LockDatabase:
    """Another process locks the database for `seconds`."""

    seconds: float

    def __str__(self) -> str:
        return "database locked"


@dataclass(frozen=True)
class StopDatabase:
    """The database server is stopped for `seconds`."""

    seconds: float

    def __str__(self) -> str:
        return "database unavailable"


@dataclass(frozen=True)
class ShiftClock:
    """The worker's clock is `days` ahead (negative: behind) for `seconds`."""

    days: int
    seconds: float

    def __str__(self) -> str:
        return f"worker's clock {self.days:+} days"


@dataclass(frozen=True)
class Release:
    """The worker is replaced without a pause, the first time by the next release."""

    def __str__(self) -> str:
        return "rolling restart"


Fault = Kill | Misbehave | SlowBanks | Webhooks | LockDatabase | StopDatabase | ShiftClock | Release

_CHARGES = "/v1/payment_intents"
_REFUNDS = "/v1/refunds"

BEYOND_THE_TIMEOUT = 33.0
"""Seconds; an activity that calls the card provider times out after 30."""

ALL_FAULTS: tuple[Fault, ...] = (
    *(
        Kill(process)
        for process in (
            *("worker", "api", "temporal", POSTGRESQL, "cards", "carrier", "mailbox", "mailer"),
            *("worker", "temporal"),
        )
    ),
    Misbehave(
        "cards",
        {"mode": "slow", "seconds": BEYOND_THE_TIMEOUT, "times": 2, "only": _CHARGES},
    ),
    Misbehave("cards", {"mode": "lose_answer", "times": 3, "only": _CHARGES}),
    Misbehave("cards", {"mode": "lose_answer", "times": 1, "only": _REFUNDS}),
    Misbehave("cards", {"mode": "error_500", "times": 3, "only": _CHARGES}),
    Misbehave("cards", {"mode": "error_500", "times": 3, "only": _CHARGES, "after_effect": True}),
    Misbehave("cards", {"mode": "error_500", "times": 1, "only": _REFUNDS, "after_effect": True}),
    Misbehave("cards", {"mode": "rate_limit", "times": 5, "only": _CHARGES}),
    Misbehave("cards", {"mode": "lock_timeout", "times": 2, "only": _CHARGES}),
    Misbehave("cards", {"mode": "lock_timeout", "times": 1, "only": _REFUNDS}),
    Misbehave("cards", {"mode": "refuse", "times": 4, "only": _CHARGES}),
    Misbehave("cards", {"mode": "refuse", "times": 2, "only": _REFUNDS}),
    Misbehave("cards", {"mode": "down"}, seconds=4),
    Misbehave("carrier", {"mode": "lose_answer", "times": 2}),
    Misbehave("carrier", {"mode": "error_500", "times": 2, "after_effect": True}),
    Misbehave("carrier", {"mode": "down"}, seconds=4),
    Misbehave("mailbox", {"mode": "lose_answer", "times": 2}),
    Misbehave("mailbox", {"mode": "down"}, seconds=4),
    SlowBanks(seconds=10),
    Webhooks("lost", {"lose": True}, seconds=6),
    Webhooks("doubled", {"copies": 2}, seconds=4),
    Webhooks("reordered", {"reorder": True}, seconds=4),
    Webhooks("doubled and reordered", {"copies": 2, "reorder": True}, seconds=2, kills="api"),
    LockDatabase(seconds=12),
    StopDatabase(seconds=4),
    ShiftClock(days=14, seconds=6),
    ShiftClock(days=-14, seconds=6),
    Release(),
)
"""Every kind; the most important ones twice."""
