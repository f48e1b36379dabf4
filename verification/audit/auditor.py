"""The audit: collects a snapshot and checks it, repeatedly while findings may still settle."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from verification.audit.rules import check
from verification.audit.snapshot import Snapshot
from verification.audit.sources import Sources, collect
from verification.audit.violation import SourceUnavailableError, Violation

SETTLING_SECONDS = 30.0
"""How long a rule may be broken before that counts: the sources are updated one after another."""

UNAVAILABLE_SECONDS = 5.0
"""How long a source may be unavailable; a process that was killed is up again by then."""

FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 2.0


@dataclass(frozen=True)
class Report:
    """The findings, the last snapshot, and the duration in seconds.

    `unsettled` are findings in the last snapshot that have not lasted long enough to count as
    violations.
    """

    violations: Sequence[Violation]
    unsettled: Sequence[Violation]
    snapshot: Snapshot
    seconds: float

    @property
    def disputed(self) -> Sequence[str]:
        """Disputes and warnings of our payments that are open or lost: no violations."""
        return [
            f"payment {one.payment_id}: {one.kind} {one.id} is {one.status}"
            + (
                f" ({one.reason}, {one.amount} {one.currency})"
                if one.amount
                else f" ({one.reason})"
            )
            for one in sorted(self.snapshot.books.disputes, key=lambda one: one.id)
            if one.payment_id and not one.is_harmless
        ]

    @property
    def parked(self) -> Sequence[str]:
        """Payments whose charge the card provider refuses to take on, by our own fault.

        No violations: nothing was promised that is not kept, and the request is repeated.
        """
        payments = self.snapshot.payments
        return [
            f"payment {id}: the card provider refuses the request for attempt {charge.attempt}"
            for id, charge in sorted(self.snapshot.refused_charges.items())
            if id in payments and payments[id].is_open
        ]

    @property
    def checked(self) -> str:
        """How many records of each kind were checked, and how long that took."""
        books, snapshot = self.snapshot.books, self.snapshot
        counts = {
            "orders": books.orders,
            "payments": books.payments,
            "transfers": books.transfers,
            "charges": snapshot.intents,
            "shipments": snapshot.consignments,
            "mails": snapshot.messages,
            "receipts": snapshot.receipts,
        }
        counted = ", ".join(f"{len(records)} {name}" for name, records in counts.items())
        return f"{counted} in {self.seconds:.1f} s"


def audit(
    sources: Sources, receipts: Path | None = None, settling_seconds: float = SETTLING_SECONDS
) -> Report:
    """Check all orders and payments.

    The sources can't be read at one instant. A finding therefore counts as a violation only if its
    rule was broken for its subject in every snapshot for `settling_seconds`, whatever the values
    were. If no finding lasted after twice that time, the remaining ones are reported as unsettled.
    Raises `SourceUnavailableError` if a source can't be read.
    """
    return asyncio.run(_audit(sources, receipts, settling_seconds))


async def _audit(sources: Sources, receipts: Path | None, settling_seconds: float) -> Report:
    begun = last_read = time.monotonic()
    pause = FIRST_PAUSE_SECONDS
    open_since: dict[tuple[str, str], float] = {}
    while True:
        now = time.monotonic()
        try:
            snapshot = await collect(sources, receipts)
        except SourceUnavailableError:
            if now - last_read >= min(settling_seconds, UNAVAILABLE_SECONDS):
                raise
        else:
            last_read = now
            found = check(snapshot)
            open_since = {each.about: open_since.get(each.about, now) for each in found}
            lasting = [each for each in found if now - open_since[each.about] >= settling_seconds]
            if lasting or not found:
                return Report(lasting, [], snapshot, time.monotonic() - begun)
            if now - begun >= 2 * settling_seconds:
                return Report([], found, snapshot, time.monotonic() - begun)
            del snapshot  # or the next one is read into as much memory again
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
