"""Named points in every activity at which its process can be killed, each exactly once.

A point is named after its activity and what has happened before it: `charge_card:asked-1` is
reached when the card provider has answered and nothing of that is stored yet. An armed point is a
file in a folder, named after the point and the workflow id.

`before`        nothing is done yet
`committing-1`  the first transaction is complete except for its commit
`committed-1`   the first transaction is committed
`asked-1`       the first request to an external system was answered
`after`         everything is done, but not yet reported to Temporal
"""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import quote

LOCAL_POINTS = ("before", "committing-1", "committed-1", "after")
REMOTE_POINTS = ("before", "asked-1", "committing-1", "committed-1", "after")

POINTS: dict[str, Sequence[str]] = {
    "place_order": LOCAL_POINTS,
    "mark_payment_received": LOCAL_POINTS,
    "mark_payment_canceled": LOCAL_POINTS,
    "mark_order_canceling": LOCAL_POINTS,
    "mark_order_fulfilled": LOCAL_POINTS,
    "mark_order_not_fulfilled": LOCAL_POINTS,
    "look_up_end": (),  # it has no effect
    "request_payment": LOCAL_POINTS,
    "record_card_update": LOCAL_POINTS,
    "remind_customer": LOCAL_POINTS,
    "receive_payment": LOCAL_POINTS,
    "cancel_payment": LOCAL_POINTS,
    "begin_refund": LOCAL_POINTS,
    "withdraw_amount": LOCAL_POINTS,
    "credit_amount": LOCAL_POINTS,
    "charge_card": (
        *("before", "committing-1", "committed-1", "asked-1"),
        *("committing-2", "committed-2", "after"),
    ),
    "settle_charge": REMOTE_POINTS,
    "refund_card": ("before", "asked-1", "asked-2", "committing-1", "committed-1", "after"),
    "begin_partial_refund": LOCAL_POINTS,
    "settle_refund": REMOTE_POINTS,
    "register_card": REMOTE_POINTS,
    "keep_former_card": LOCAL_POINTS,
    "find_open_payments": ("before", "after"),
    "fetch_goods": LOCAL_POINTS,
    "return_goods": LOCAL_POINTS,
    "ship_goods": REMOTE_POINTS,
    "recall_shipment": REMOTE_POINTS,
}
"""The points that each activity reaches if nothing fails, in that order.

`charge_card` reaches more for a customer or a card that the card provider does not know yet.
"""


@dataclass(frozen=True)
class Failpoint:
    """One point of one activity."""

    activity: str
    point: str

    def __str__(self) -> str:
        return f"{self.activity}:{self.point}"


def failpoints() -> list[Failpoint]:
    """All failpoints."""
    return [Failpoint(name, point) for name, points in POINTS.items() for point in points]


@dataclass(frozen=True)
class PassedPoint:
    """An execution of an activity reached a point, in a process, at a time (Unix seconds)."""

    workflow: str
    activity: str
    activity_id: str
    point: str
    process: int
    moment: float


@dataclass(frozen=True)
class FailpointRegistry:
    """A folder with the armed points, the triggered ones, and a journal of all points reached."""

    folder: Path

    def prepare(self) -> None:
        """Create the folders."""
        for kind in ("armed", "triggered"):
            (self.folder / kind).mkdir(parents=True, exist_ok=True)

    def arm(self, failpoint: Failpoint, workflow: str) -> None:
        """Arm the point: the first process to reach it in that workflow is killed."""
        self._file("armed", failpoint, workflow).touch()

    def is_triggered(self, failpoint: Failpoint, workflow: str) -> bool:
        """Whether a process was killed there."""
        return self._file("triggered", failpoint, workflow).exists()

    def trigger(self, failpoint: Failpoint, workflow: str) -> bool:
        """Disarm the point; returns whether it was armed, which is true for one caller only."""
        try:
            self._file("armed", failpoint, workflow).rename(
                self._file("triggered", failpoint, workflow)
            )
        except FileNotFoundError:
            return False
        return True

    def write(self, passing: PassedPoint) -> None:
        """Append to the journal in a single write."""
        line = json.dumps(asdict(passing)) + "\n"
        journal = os.open(self.folder / "journal", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        try:
            os.write(journal, line.encode())
        finally:
            os.close(journal)

    def journal(self) -> list[PassedPoint]:
        """All points reached so far."""
        text = (self.folder / "journal").read_text()
        return [PassedPoint(**json.loads(line)) for line in text.splitlines()]

    def _file(self, kind: str, failpoint: Failpoint, workflow: str) -> Path:
        return self.folder / kind / quote(f"{failpoint}@{workflow}", safe=":@")
