"""How to damage a world: its records are lists, whatever their types say."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from tests.unit.verification.audit.builders import EUR
from verification.audit.rows import Event, Transfer
from verification.audit.snapshot import World


@dataclass(frozen=True)
class Damage:
    """What is done to the world, and the names of the rules that it breaks."""

    do: Callable[[World], None]
    rules: frozenset[str]

    def __str__(self) -> str:
        return self.do.__name__


class Damages(list[Damage]):
    """In the order in which they are written down."""

    def breaking(self, *rules: str) -> Callable[[Callable[[World], None]], None]:
        """The function damages a sound world so that it breaks these rules and no others."""

        def register(do: Callable[[World], None]) -> None:
            self.append(Damage(do, frozenset(rules)))

        return register


def add(records: Any, record: object) -> None:
    """One more."""
    records.append(record)


def change(records: Any, id: str, **values: Any) -> None:
    """The record of that name has other values."""
    [place] = [number for number, one in enumerate(records) if id in _names(one)]
    records[place] = replace(records[place], **values)


def drop(records: Any, id: str) -> None:
    """There is no such record."""
    kept = [one for one in records if id not in _names(one)]
    assert len(kept) < len(records)
    records[:] = kept


def change_event(world: World, stream: str, event_type: str, **values: Any) -> None:
    """The event of that type has other values."""
    events: Any = world.books.events
    [place] = [n for n, one in enumerate(events) if (one.stream, one.type) == (stream, event_type)]
    events[place] = replace(events[place], **values)


def happen(world: World, stream: str, event_type: str, at: datetime, **data: Any) -> None:
    """One more event at the end."""
    number = 1 + sum(one.stream == stream for one in world.books.events)
    add(world.books.events, Event(stream, number, event_type, at, data))


def move(world: World, id: str, debit: str, credit: str, amount: int) -> None:
    """A transfer, with the balances that it changes."""
    balances = {account.id: account.balance for account in world.books.accounts}
    add(world.books.transfers, Transfer(id, debit, credit, amount, EUR))
    change(world.books.accounts, debit, balance=balances[debit] - amount)
    change(world.books.accounts, credit, balance=balances[credit] + amount)


def remind(world: World, number: int, at: datetime, payment: str = "waiting") -> None:
    """The customer got that reminder at that time."""
    events: Any = world.books.events
    stream, data = f"payment/{payment}", {"reminder": number}
    [place] = [n for n, one in enumerate(events) if (one.stream, one.data) == (stream, data)]
    events[place] = replace(events[place], at=at)
    if number == 2 and payment == "waiting":
        change(world.books.payments, payment, updated_at=at)


def _names(record: object) -> list[str]:
    names = ("id", "sku", "order_id", "payment_id", "reference", "path")
    return [getattr(record, name, "") for name in names]
