"""What can go wrong, as a plan names it; `verification.chaos.faults` does it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

POSTGRESQL = "postgresql"
"""The one process that supervisor does not know of."""


@dataclass(frozen=True)
class Kill:
    """SIGKILL."""

    process: str

    def __str__(self) -> str:
        return f"SIGKILL of {self.process}"


@dataclass(frozen=True)
class Misbehave:
    """A switch of a simulator: until it has struck `times`, or for so many seconds."""

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
    """Banks leave charges undecided for so many seconds, one at least; each is decided on later."""

    seconds: float

    def __str__(self) -> str:
        return "banks take their time"


@dataclass(frozen=True)
class Webhooks:
    """The card provider's webhooks for so many seconds, and who is killed meanwhile."""

    name: str
    switches: Mapping[str, Any] = field(hash=False)
    seconds: float
    kills: str = ""

    def __str__(self) -> str:
        return f"webhooks {self.name}" + (f", SIGKILL of {self.kills}" if self.kills else "")


@dataclass(frozen=True)
class LockDatabase:
    """Another process holds the database for so many seconds."""

    seconds: float

    def __str__(self) -> str:
        return "database locked"


@dataclass(frozen=True)
class StopDatabase:
    """The database server is away for so many seconds."""

    seconds: float

    def __str__(self) -> str:
        return "database away"


@dataclass(frozen=True)
class ShiftClock:
    """The worker's clock is so many days ahead (or behind: negative) for so many seconds."""

    days: int
    seconds: float

    def __str__(self) -> str:
        return f"worker's clock {self.days:+} days"


@dataclass(frozen=True)
class Release:
    """The worker is replaced without a pause: the first time by the next release."""

    def __str__(self) -> str:
        return "rolling restart"


Fault = Kill | Misbehave | SlowBanks | Webhooks | LockDatabase | StopDatabase | ShiftClock | Release

_CHARGES = "/v1/payment_intents"
_REFUNDS = "/v1/refunds"

BEYOND_THE_TIMEOUT = 33.0
"""Seconds; an activity that talks to the card provider is given up after 30."""

DECK: tuple[Fault, ...] = (
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
"""Every kind, and those that matter most twice."""
