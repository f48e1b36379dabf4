"""An audit: collect, check, and again while what is found may only be on its way."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from verification.audit.rules import check
from verification.audit.snapshot import World
from verification.audit.sources import Sources, collect
from verification.audit.violation import Breach, WitnessError

PATIENCE_SECONDS = 30.0
"""How long something may be wrong that only has not reached everybody yet."""

AWAY_SECONDS = 5.0
"""How long a witness may be away; one that died is up again by then."""

FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 2.0


@dataclass(frozen=True)
class Report:
    """What was found in which world, and how long that took.

    `unsettled` is what was wrong in the last look, but not for long enough to count as a breach.
    """

    breaches: Sequence[Breach]
    unsettled: Sequence[Breach]
    world: World
    seconds: float

    @property
    def checked(self) -> str:
        """How much of everything was looked at."""
        books, world = self.world.books, self.world
        counts = {
            "orders": books.orders,
            "payments": books.payments,
            "transfers": books.transfers,
            "charges": world.intents,
            "shipments": world.consignments,
            "mails": world.messages,
            "receipts": world.receipts,
        }
        told = ", ".join(f"{len(records)} {name}" for name, records in counts.items())
        return f"{told} in {self.seconds:.1f} s"


def audit(
    sources: Sources, receipts: Path | None = None, patience: float = PATIENCE_SECONDS
) -> Report:
    """Check all there is; `patience` is in seconds.

    The witnesses can't be read at one instant: what is found counts once its rule has not held for
    its subject without interruption for that long, whatever the values were. When twice as long has
    passed without anything that lasted, what is open is reported as unsettled. Raises
    `WitnessError` if one of them can't be read.
    """
    return asyncio.run(_audit(sources, receipts, patience))


async def _audit(sources: Sources, receipts: Path | None, patience: float) -> Report:
    begun = last_read = time.monotonic()
    pause = FIRST_PAUSE_SECONDS
    open_since: dict[tuple[str, str], float] = {}
    while True:
        now = time.monotonic()
        try:
            world = await collect(sources, receipts)
        except WitnessError:
            if now - last_read >= min(patience, AWAY_SECONDS):
                raise
        else:
            last_read = now
            found = check(world)
            open_since = {each.about: open_since.get(each.about, now) for each in found}
            lasting = [each for each in found if now - open_since[each.about] >= patience]
            if lasting or not found:
                return Report(lasting, [], world, time.monotonic() - begun)
            if now - begun >= 2 * patience:
                return Report([], found, world, time.monotonic() - begun)
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
