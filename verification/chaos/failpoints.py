"""Named points in every activity at which its process can be killed, each exactly once.

A point is named after its activity and what has happened there: `charge_card:asked-1` is reached
when the card provider has done what it was asked for and we have written nothing of it. Those that
are armed are files of that name, and of the workflow's id, in a folder.

`before`        nothing is done yet
`committing-1`  the first transaction is complete but for its commit
`committed-1`   its commit is done
`asked-1`       the first request to somebody outside was answered
`after`         everything is done, Temporal has not heard of it
"""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import quote

BOOKING = ("before", "committing-1", "committed-1", "after")
ASKING = ("before", "asked-1", "committing-1", "committed-1", "after")

POINTS: dict[str, Sequence[str]] = {
    "place_order": BOOKING,
    "mark_payment_received": BOOKING,
    "mark_payment_canceled": BOOKING,
    "mark_order_canceling": BOOKING,
    "mark_order_fulfilled": BOOKING,
    "mark_order_not_fulfilled": BOOKING,
    "request_payment": BOOKING,
    "record_card_update": BOOKING,
    "remind_customer": BOOKING,
    "receive_payment": BOOKING,
    "cancel_payment": BOOKING,
    "begin_refund": BOOKING,
    "withdraw_amount": BOOKING,
    "credit_amount": BOOKING,
    "charge_card": (
        "before",
        "committing-1",
        "committed-1",
        "asked-1",
        "committing-2",
        "committed-2",
        "after",
    ),
    "settle_charge": ASKING,
    "refund_card": ("before", "asked-1", "asked-2", "committing-1", "committed-1", "after"),
    "register_card": ASKING,
    "keep_former_card": BOOKING,
    "find_open_payments": ("before", "after"),
    "fetch_goods": BOOKING,
    "return_goods": BOOKING,
    "ship_goods": ASKING,
    "recall_shipment": ASKING,
}
"""What each activity comes by when nothing goes wrong, in that sequence."""


@dataclass(frozen=True)
class Failpoint:
    """One point of one activity."""

    activity: str
    point: str

    def __str__(self) -> str:
        return f"{self.activity}:{self.point}"


def failpoints() -> list[Failpoint]:
    """All of them."""
    return [Failpoint(name, point) for name, points in POINTS.items() for point in points]


@dataclass(frozen=True)
class Passing:
    """An execution of an activity came by a point, in a process, at a moment (seconds)."""

    workflow: str
    activity: str
    activity_id: str
    point: str
    process: int
    moment: float


@dataclass(frozen=True)
class Armory:
    """A folder with the armed points, those that were set off, and a journal of all comings-by."""

    folder: Path

    def prepare(self) -> None:
        """Make the folders."""
        for kind in ("armed", "set-off"):
            (self.folder / kind).mkdir(parents=True, exist_ok=True)

    def arm(self, failpoint: Failpoint, workflow: str) -> None:
        """Whoever reaches the point in that workflow first is killed there."""
        self._file("armed", failpoint, workflow).touch()

    def is_set_off(self, failpoint: Failpoint, workflow: str) -> bool:
        """Whether somebody was killed there."""
        return self._file("set-off", failpoint, workflow).exists()

    def set_off(self, failpoint: Failpoint, workflow: str) -> bool:
        """Whether the point was armed, which it is no more: true for one caller only."""
        try:
            self._file("armed", failpoint, workflow).rename(
                self._file("set-off", failpoint, workflow)
            )
        except FileNotFoundError:
            return False
        return True

    def write(self, passing: Passing) -> None:
        """Into the journal, at once and in one piece."""
        line = json.dumps(asdict(passing)) + "\n"
        journal = os.open(self.folder / "journal", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        try:
            os.write(journal, line.encode())
        finally:
            os.close(journal)

    def journal(self) -> list[Passing]:
        """Everything so far."""
        text = (self.folder / "journal").read_text()
        return [Passing(**json.loads(line)) for line in text.splitlines()]

    def _file(self, kind: str, failpoint: Failpoint, workflow: str) -> Path:
        return self.folder / kind / quote(f"{failpoint}@{workflow}", safe=":@")
