"""The time from a SIGKILL to an order's next event."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import pytest

from domain.statuses import OrderStatus, PaymentStatus
from verification.chaos import recovery
from verification.chaos.order_monitor import Observation
from verification.chaos.recovery import Recovery

UNDER_WAY = Observation(alone=False, order=OrderStatus.SHIPPING, events=3)
PROGRESSED = Observation(alone=False, order=OrderStatus.SHIPPING, events=4)
WAITING = Observation(
    alone=False, order=OrderStatus.AWAITING_PAYMENT, payment=PaymentStatus.AWAITING_CARD, events=4
)
OVER = Observation(alone=False, order=OrderStatus.FULFILLED, events=6)


@dataclass
class FakeMonitor:
    seen: dict[str, Observation] = field(default_factory=dict)
    after_read: Callable[[float], None] = lambda _began: None

    def items(self) -> Iterable[tuple[str, Observation]]:
        return self.seen.items()

    def __getitem__(self, id: str) -> Observation:
        return self.seen[id]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(recovery.time, "monotonic", lambda: now[0])
    return now


def test_only_orders_under_way_are_timed_until_their_next_event(clock: list[float]) -> None:
    monitor = FakeMonitor({"under way": UNDER_WAY, "waiting": WAITING, "over": OVER})
    recovery = Recovery(monitor)
    recovery.killed("worker")
    monitor.after_read(100.1)
    assert recovery.waited_for == {"worker": 1}

    clock[0] = 107.0
    monitor.seen["under way"] = PROGRESSED
    monitor.after_read(107.0)

    assert recovery.seconds == {"worker": [7.0]}
    assert recovery.waited_for == {}


def test_a_read_that_began_before_the_kill_does_not_count(clock: list[float]) -> None:
    monitor = FakeMonitor({"a": UNDER_WAY})
    recovery = Recovery(monitor)
    recovery.killed("api")

    monitor.after_read(99.9)
    monitor.seen["a"] = PROGRESSED
    monitor.after_read(100.3)

    assert recovery.seconds == {"api": []}
    assert recovery.waited_for == {"api": 1}


def test_without_orders_under_way_there_is_nothing_to_wait_for(clock: list[float]) -> None:
    monitor = FakeMonitor({"waiting": WAITING})
    recovery = Recovery(monitor)
    recovery.killed("cards")
    monitor.after_read(100.1)

    assert recovery.waited_for == {}
