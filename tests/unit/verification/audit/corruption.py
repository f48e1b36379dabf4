"""Corrupts a snapshot: its records are lists, although their types say sequences."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from tests.unit.verification.audit.builders import EUR
from verification.audit.rows import Event, Transfer
from verification.audit.snapshot import Snapshot


@dataclass(frozen=True)
class Corruption:
    """A change of a snapshot, and the names of the rules that it breaks."""

    do: Callable[[Snapshot], None]
    rules: frozenset[str]

    def __str__(self) -> str:
        return self.do.__name__


class Corruptions(list[Corruption]):
    """A list of corruptions, in the order of definition."""

    def breaking(self, *rules: str) -> Callable[[Callable[[Snapshot], None]], None]:
        """Register a function that makes a consistent snapshot break exactly these rules."""

        def register(do: Callable[[Snapshot], None]) -> None:
            self.append(Corruption(do, frozenset(rules)))

        return register


def add(records: Any, record: object) -> None:
    """Add a record."""
    records.append(record)


def change(records: Any, id: str, **values: Any) -> None:
    """Change values of the record with that id."""
    [place] = [number for number, one in enumerate(records) if id in _names(one)]
    records[place] = replace(records[place], **values)


def drop(records: Any, id: str) -> None:
    """Remove the record with that id."""
    kept = [one for one in records if id not in _names(one)]
    assert len(kept) < len(records)
    records[:] = kept


def change_event(snapshot: Snapshot, stream: str, event_type: str, **values: Any) -> None:
    """Change values of the event of that type."""
    events: Any = snapshot.books.events
    [place] = [n for n, one in enumerate(events) if (one.stream, one.type) == (stream, event_type)]
    events[place] = replace(events[place], **values)


def happen(snapshot: Snapshot, stream: str, event_type: str, at: datetime, **data: Any) -> None:
    """Append an event to the stream."""
    number = 1 + sum(one.stream == stream for one in snapshot.books.events)
    add(snapshot.books.events, Event(stream, number, event_type, at, data))


def move(snapshot: Snapshot, id: str, debit: str, credit: str, amount: int) -> None:
    """Add a transfer and change both balances."""
    balances = {account.id: account.balance for account in snapshot.books.accounts}
    add(snapshot.books.transfers, Transfer(id, debit, credit, amount, EUR))
    change(snapshot.books.accounts, debit, balance=balances[debit] - amount)
    change(snapshot.books.accounts, credit, balance=balances[credit] + amount)


def remind(snapshot: Snapshot, number: int, at: datetime, payment: str = "waiting") -> None:
    """Change the time of a reminder."""
    events: Any = snapshot.books.events
    stream, data = f"payment/{payment}", {"reminder": number}
    [place] = [n for n, one in enumerate(events) if (one.stream, one.data) == (stream, data)]
    events[place] = replace(events[place], at=at)
    if number == 2 and payment == "waiting":
        change(snapshot.books.payments, payment, updated_at=at)


def _names(record: object) -> list[str]:
    names = ("id", "sku", "order_id", "payment_id", "reference", "path")
    return [getattr(record, name, "") for name in names]
