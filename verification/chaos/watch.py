"""How far the orders are: read from the database four times a second, by nobody but us."""

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
"""Seconds between two looks."""

_AT_ONCE = 500
"""Ids in one question; databases have a limit."""


@dataclass(frozen=True)
class Seen:
    """An order and its payment, or a payment alone, as the last look found them."""

    alone: bool
    order: OrderStatus | None = None
    payment: PaymentStatus | None = None
    events: int = 0

    @property
    def is_over(self) -> bool:
        """Whether nothing will happen any more."""
        if not self.alone:
            return self.order is not None and self.order.is_final
        return self.payment in {PaymentStatus.RECEIVED, PaymentStatus.CANCELED}

    @property
    def awaits_card(self) -> bool:
        """Whether it waits for its customer, or for the deadline."""
        return not self.is_over and self.payment is PaymentStatus.AWAITING_CARD

    @property
    def is_under_way(self) -> bool:
        """Whether it is our turn."""
        return not self.is_over and not self.awaits_card


class Watch:
    """Watches what was accepted until it is over or forgotten."""

    def __init__(self, database: Database) -> None:
        """Looks at nothing before `run`."""
        self._database = database
        self._seen: dict[str, Seen] = {}
        self._watched: set[str] = set()
        self._news = asyncio.Condition()
        self.after_look: Callable[[float], None] = lambda _began: None
        """Called after each look with the moment it began, on the monotonic clock."""

    def add(self, id: str, *, alone: bool = False) -> None:
        """Watch what has this id from now on; again changes nothing."""
        self._seen.setdefault(id, Seen(alone))
        self._watched.add(id)

    def forget(self, id: str) -> None:
        """Do not look at it until it is added again; what was seen stays."""
        self._watched.discard(id)

    def __getitem__(self, id: str) -> Seen:
        return self._seen[id]

    def items(self) -> Iterable[tuple[str, Seen]]:
        """Everything that was ever added, as it was seen last."""
        return self._seen.items()

    async def run(self) -> None:
        """Look until canceled. While the database is away nothing is seen."""
        while True:
            began = time.monotonic()
            try:
                await self._look()
            except (OperationalError, InterfaceError):
                pass
            else:
                self.after_look(began)
                async with self._news:
                    self._news.notify_all()
            await asyncio.sleep(max(0.05, INTERVAL - (time.monotonic() - began)))

    async def until(self, id: str, condition: Callable[[Seen], bool], limit: float) -> bool:
        """Wait until the condition holds; False if it does not within `limit` seconds."""
        try:
            async with asyncio.timeout(limit), self._news:
                await self._news.wait_for(lambda: condition(self._seen[id]))
        except TimeoutError:
            return False
        return True

    async def _look(self) -> None:
        alone = {id for id in self._watched if self._seen[id].alone}
        found = await asyncio.to_thread(self._read, list(self._watched), alone)
        # What was forgotten meanwhile stays as it was seen: it would seem to be under way for good.
        self._seen |= {id: seen for id, seen in found.items() if id in self._watched}
        self._watched -= {id for id, seen in found.items() if seen.is_over}

    def _read(self, ids: Sequence[str], alone: set[str]) -> dict[str, Seen]:
        found: dict[str, Seen] = {}
        with self._database.read() as tx:
            for some in _chunks(ids):
                found |= _read(tx, some, alone)
        return found


def _read(tx: Connection, ids: Sequence[str], alone: set[str]) -> dict[str, Seen]:
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
        id: Seen(
            alone=id in alone,
            order=order.get(id),
            payment=payment.get(id),
            events=number.get(order_workflow_id(id), 0) + number.get(payment_workflow_id(id), 0),
        )
        for id in ids
    }


def _chunks(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    left = iter(ids)
    while some := list(islice(left, _AT_ONCE)):
        yield some
