"""Lets the next reminders of many payments fall due at the same moment.

The clock of each payment is moved on by Temporal, as the time machine of development mode does it,
but only to the same few seconds before its reminder: then time passes for all of them.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import perf_counter

from temporalio.client import Client
from temporalio.testing import TimeSkipper

from domain.statuses import payment_workflow_id
from storage import operations
from storage.database import Database
from verification.bench.contenders.system import System
from verification.bench.errors import InvalidMeasurementError
from verification.bench.instruments.load import carry_out, carry_out_turns
from verification.bench.instruments.progress_bar import Progress
from verification.bench.waiting.counts import Counts, until
from verification.bench.waiting.growth import DueReminders

SKIPPED_AT_ONCE = 20

SECONDS_TO_SKIP = 0.03
"""For one payment; two or three times what it takes on an idle machine."""

LEAST_SECONDS = 5.0
"""From the first skip to the moment when all reminders are due."""


ORDER_LIMIT = 3600.0
"""Seconds; a new order's tasks are queued behind those of the reminders."""


class _Timed:
    """Measures how long each order takes."""

    def __init__(self, order: Callable[[], Awaitable[object]]) -> None:
        self.seconds: list[float] = []
        self._order = order

    async def carry_out(self) -> None:
        begun = perf_counter()
        await self._order()
        self.seconds.append(perf_counter() - begun)


@dataclass(frozen=True)
class ReminderMeter:
    """Reminds customers, and measures it."""

    client: Client
    database: Database
    progress: Progress

    async def measure(self, due: int, system: System, concurrency: int) -> DueReminders:
        """Remind the customers of `due` waiting payments, while the system carries out new orders.

        Raises InvalidMeasurementError if a reminder is missing.
        """
        counts = Counts(self.database)
        reminded, mailed = counts.reminders(), counts.reminders_mailed()
        late = max(0.0, await self._skip_to_due_moment(due))
        with self.progress.phase("reminders fall due, and new orders", due, "reminders"):
            order = _Timed(system.order)
            recording = asyncio.create_task(until(counts.reminders, reminded + due, "reminders"))
            try:
                turns = iter(recording.done, True)  # noqa: FBT003  orders until then
                ordering = await carry_out_turns(
                    order.carry_out, turns, concurrency, lambda: None, ORDER_LIMIT
                )
            finally:
                recording.cancel()
            seconds_to_record = await recording
            mailing = await until(counts.unsent_mails, 0, "mails to be sent")
        return DueReminders(
            due=due,
            late=late,
            recorded=counts.reminders() - reminded,
            seconds_to_record=late + seconds_to_record,
            mailed=counts.reminders_mailed() - mailed,
            seconds_to_mail=late + ordering + mailing,
            rate=len(order.seconds) / ordering,
            seconds_of_orders=order.seconds,
        )

    async def _skip_to_due_moment(self, due: int) -> float:
        """Return once the next reminders of `due` payments are due; for how many seconds."""
        with self.database.read() as tx:
            payments = operations.waiting_for_a_card(tx, due, None).payments
        moment = datetime.now(UTC) + timedelta(seconds=LEAST_SECONDS + SECONDS_TO_SKIP * due)
        skipper, left = TimeSkipper(self.client), iter(payments)

        async def skip() -> None:
            payment = next(left)
            if payment.next_reminder_at is None:
                raise InvalidMeasurementError(f"payment {payment.id} is not reminded any more")
            workflow = self.client.get_workflow_handle(payment_workflow_id(payment.id))
            await skipper.fast_forward(workflow, payment.next_reminder_at - moment)

        title = "moving clocks to just before the next reminders"
        with self.progress.phase(title, due, "payments") as done:
            await carry_out(skip, due, SKIPPED_AT_ONCE, done)
        late = (datetime.now(UTC) - moment).total_seconds()
        await asyncio.sleep(-late)  # returns at once if it is late
        return late
