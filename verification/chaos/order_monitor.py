"""Reads the progress of all orders from the database four times a second."""

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import Connection, func, select
from sqlalchemy.exc import InterfaceError, OperationalError

from domain.statuses import OrderStatus, PaymentStatus, order_workflow_id, payment_workflow_id
from storage import tables
from storage.database import Database

INTERVAL = 0.25
"""Seconds between two reads."""

_AT_ONCE = 500
"""Ids in one query; databases limit them."""


@dataclass(frozen=True)
class Observation:
    """The state of an order and its payment, or of a payment alone, at the last read."""

    alone: bool
    order: OrderStatus | None = None
    payment: PaymentStatus | None = None
    events: int = 0

    @property
    def is_over(self) -> bool:
        """Whether the status is final."""
        if not self.alone:
            return self.order is not None and self.order.is_final
        return self.payment in {PaymentStatus.RECEIVED, PaymentStatus.CANCELED}

    @property
    def awaits_card(self) -> bool:
        """Whether its payment waits for a card or the deadline."""
        return not self.is_over and self.payment is PaymentStatus.AWAITING_CARD

    @property
    def is_under_way(self) -> bool:
        """Whether the system has to act next."""
        return not self.is_over and not self.awaits_card


class OrderMonitor:
    """Observes orders from acceptance until they are over or forgotten."""

    def __init__(self, database: Database) -> None:
        """Reads nothing before `run`."""
        self.database = database
        self._observations: dict[str, Observation] = {}
        self._observed_ids: set[str] = set()
        self._news = asyncio.Condition()
        self.after_read: Callable[[float], None] = lambda _began: None
        """Called after each read with the time it began, on the monotonic clock."""

    def add(self, id: str, *, alone: bool = False) -> None:
        """Observe the order or payment from now on; adding it again changes nothing."""
        self._observations.setdefault(id, Observation(alone))
        self._observed_ids.add(id)

    def forget(self, id: str) -> None:
        """Stop observing it until it is added again; its last observation stays."""
        self._observed_ids.discard(id)

    def __getitem__(self, id: str) -> Observation:
        return self._observations[id]

    def items(self) -> Iterable[tuple[str, Observation]]:
        """The last observation of everything that was ever added."""
        return self._observations.items()

    async def run(self) -> None:
        """Read until canceled; while the database is unavailable there are no observations."""
        while True:
            began = time.monotonic()
            try:
                await self._read_observed()
            except (OperationalError, InterfaceError):
                pass
            else:
                self.after_read(began)
                async with self._news:
                    self._news.notify_all()
            await asyncio.sleep(max(0.05, INTERVAL - (time.monotonic() - began)))

    async def wait_until(
        self, id: str, condition: Callable[[Observation], bool], limit: float
    ) -> bool:
        """Wait until the condition holds; returns False after `limit` seconds."""
        try:
            async with asyncio.timeout(limit), self._news:
                await self._news.wait_for(lambda: condition(self._observations[id]))
        except TimeoutError:
            return False
        return True

    async def _read_observed(self) -> None:
        alone = {id for id in self._observed_ids if self._observations[id].alone}
        found = await asyncio.to_thread(self._read, list(self._observed_ids), alone)
        # Ids forgotten meanwhile keep their last observation: they would seem under way for ever.
        self._observations |= {id: seen for id, seen in found.items() if id in self._observed_ids}
        self._observed_ids -= {id for id, seen in found.items() if seen.is_over}

    def _read(self, ids: Sequence[str], alone: set[str]) -> dict[str, Observation]:
        found: dict[str, Observation] = {}
        with self.database.read() as tx:
            for chunk in _chunks(ids):
                found |= _read(tx, chunk, alone)
        return found


def _read(tx: Connection, ids: Sequence[str], alone: set[str]) -> dict[str, Observation]:
    orders, payments, events = tables.orders, tables.payments, tables.events
    order = {
        row.id: OrderStatus(row.status)
        for row in tx.execute(select(orders.c.id, orders.c.status).where(orders.c.id.in_(ids)))
    }
    payment = {
        row.id: PaymentStatus(row.status)
        for row in tx.execute(
            select(payments.c.id, payments.c.status).where(payments.c.id.in_(ids))
        )
    }
    streams = [name(id) for id in ids for name in (order_workflow_id, payment_workflow_id)]
    number = {
        row.stream: row.number
        for row in tx.execute(
            select(events.c.stream, func.count().label("number"))
            .where(events.c.stream.in_(streams))
            .group_by(events.c.stream)
        )
    }
    return {
        id: Observation(
            alone=id in alone,
            order=order.get(id),
            payment=payment.get(id),
            events=number.get(order_workflow_id(id), 0) + number.get(payment_workflow_id(id), 0),
        )
        for id in ids
    }


def _chunks(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    rest = iter(ids)
    while chunk := list(islice(rest, _AT_ONCE)):
        yield chunk
