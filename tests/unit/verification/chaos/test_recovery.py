"""The time from a SIGKILL to an order's next event."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import pytest

from domain.statuses import OrderStatus, PaymentStatus
from verification.chaos import recovery
from verification.chaos.recovery import Recovery
from verification.chaos.watch import Seen

UNDER_WAY = Seen(alone=False, order=OrderStatus.SHIPPING, events=3)
GONE_ON = Seen(alone=False, order=OrderStatus.SHIPPING, events=4)
WAITING = Seen(
    alone=False, order=OrderStatus.AWAITING_PAYMENT, payment=PaymentStatus.AWAITING_CARD, events=4
)
OVER = Seen(alone=False, order=OrderStatus.FULFILLED, events=6)


@dataclass
class FakeWatch:
    seen: dict[str, Seen] = field(default_factory=dict)
    after_look: Callable[[float], None] = lambda _began: None

    def items(self) -> Iterable[tuple[str, Seen]]:
        return self.seen.items()

    def __getitem__(self, id: str) -> Seen:
        return self.seen[id]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(recovery.time, "monotonic", lambda: now[0])
    return now


def test_only_what_was_under_way_is_timed_until_its_next_event(clock: list[float]) -> None:
    watch = FakeWatch({"under way": UNDER_WAY, "waiting": WAITING, "over": OVER})
    recovery = Recovery(watch)
    recovery.killed("worker")
    watch.after_look(100.1)
    assert recovery.waited_for == {"worker": 1}

    clock[0] = 107.0
    watch.seen["under way"] = GONE_ON
    watch.after_look(107.0)

    assert recovery.seconds == {"worker": [7.0]}
    assert recovery.waited_for == {}


def test_a_look_that_began_before_the_kill_says_nothing(clock: list[float]) -> None:
    watch = FakeWatch({"a": UNDER_WAY})
    recovery = Recovery(watch)
    recovery.killed("api")

    watch.after_look(99.9)
    watch.seen["a"] = GONE_ON
    watch.after_look(100.3)

    assert recovery.seconds == {"api": []}
    assert recovery.waited_for == {"api": 1}


def test_where_nothing_was_under_way_there_is_nothing_to_wait_for(clock: list[float]) -> None:
    watch = FakeWatch({"waiting": WAITING})
    recovery = Recovery(watch)
    recovery.killed("cards")
    watch.after_look(100.1)

    assert recovery.waited_for == {}
