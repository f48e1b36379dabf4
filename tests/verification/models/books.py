"""What can be seen of a payment from outside, in whole hours and cents."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Event:
    """What happened, in which hour since the payment was requested."""

    hour: int
    type: str
    data: dict[str, Any]


@dataclass(frozen=True)
class Request:
    """What the card provider was asked to take; keys are numbered in their order."""

    card: str
    amount: int
    key: int
    on_session: bool


@dataclass
class Books:
    """All that can be seen of a payment from outside; two of them are compared.

    `refunds` has the state of each by its reference, `owed` the cents of those that nobody got.
    """

    balance: int
    status: str = ""
    withdrawn: int = 0
    charged: int = 0
    refunded: int = 0
    failure: str | None = None
    held_by_provider: int = 0
    owed: int = 0
    refunds: dict[str, str] = field(default_factory=dict[str, str])
    requests: list[Request] = field(default_factory=list[Request])
    events: list[Event] = field(default_factory=list[Event])
