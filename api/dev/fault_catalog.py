"""The faults that can be injected in development mode, and what people can expect of each."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

WORKER = "worker"
"""The names of processes are those in supervisor."""

DATABASE_LOCK = "database_lock"


class FaultName(StrEnum):
    """The faults that can be injected; a simulator has at most one at a time."""

    CARDS_DOWN = "cards_down"
    CARDS_SLOW = "cards_slow"
    CARDS_LOSE_ANSWERS = "cards_lose_answers"
    CARRIER_DOWN = "carrier_down"
    CARRIER_SLOW = "carrier_slow"
    CARRIER_LOSES_ANSWERS = "carrier_loses_answers"
    MAIL_DOWN = "mail_down"
    MAIL_LOSES_ANSWERS = "mail_loses_answers"
    DATABASE_LOCKED = "database_locked"
    WORKER_STOPPED = "worker_stopped"
    WORKER_KILLED = "worker_killed"
    MAILER_KILLED = "mailer_killed"
    API_KILLED = "api_killed"
    TEMPORAL_KILLED = "temporal_killed"
    CARDS_KILLED = "cards_killed"
    CARRIER_KILLED = "carrier_killed"
    MAILBOX_KILLED = "mailbox_killed"
    CODEC_KILLED = "codec_killed"


class Service(StrEnum):
    """A simulator, which has at most one fault at a time."""

    CARDS = "the card provider"
    CARRIER = "the carrier"
    MAIL = "the mail server"


@dataclass(frozen=True)
class Misbehave:
    """A simulator's fault, as its `/_faults` takes it."""

    service: Service
    fault: Mapping[str, Any]


@dataclass(frozen=True)
class Stop:
    """The process is stopped; it stays down until the fault is removed."""

    process: str


@dataclass(frozen=True)
class Run:
    """The process, which does the harm, runs until the fault is removed."""

    process: str


@dataclass(frozen=True)
class Kill:
    """The process is killed once; supervisor restarts it at once."""

    process: str


@dataclass(frozen=True)
class InjectableFault:
    """Its effects for people, and how it is injected."""

    title: str
    expect: str
    way: Misbehave | Stop | Run | Kill

    @property
    def excludes(self) -> Service | None:
        """The simulator whose other faults it replaces; None if it excludes no other fault."""
        return self.way.service if isinstance(self.way, Misbehave) else None


def _killed(process: str, title: str, expect: str) -> InjectableFault:
    return InjectableFault(title, expect, Kill(process))


INJECTABLE_FAULTS: Mapping[FaultName, InjectableFault] = {
    FaultName.CARDS_DOWN: InjectableFault(
        "The card provider is down",
        "New payments stay at 'charging': each attempt fails and is retried, in the end once a "
        "minute. No order fails and no mail is sent, but no new card can be registered. All "
        "payments continue when the provider is available again.",
        Misbehave(Service.CARDS, {"mode": "down"}),
    ),
    FaultName.CARDS_SLOW: InjectableFault(
        "The card provider is slow",
        "Every charge takes five seconds longer, and its order waits for it. Nothing else changes: "
        "payments from the account are as fast as before.",
        Misbehave(Service.CARDS, {"mode": "slow", "seconds": 5}),
    ),
    FaultName.CARDS_LOSE_ANSWERS: InjectableFault(
        "The card provider loses its responses",
        "It charges the card and closes the connection. Payments stay at 'charging', and the "
        "charge is retried with the same idempotency key. When responses arrive again, each card "
        "was charged once.",
        Misbehave(Service.CARDS, {"mode": "lose_answer"}),
    ),
    FaultName.CARRIER_DOWN: InjectableFault(
        "The carrier is down",
        "Orders stay at 'shipping', paid or not yet: each booking fails and is retried. Payments "
        "are as fast as before. All orders continue when the carrier is available again.",
        Misbehave(Service.CARRIER, {"mode": "down"}),
    ),
    FaultName.CARRIER_SLOW: InjectableFault(
        "The carrier is slow",
        "Every booking takes five seconds longer. Nothing else changes.",
        Misbehave(Service.CARRIER, {"mode": "slow", "seconds": 5}),
    ),
    FaultName.CARRIER_LOSES_ANSWERS: InjectableFault(
        "The carrier loses its responses",
        "It books the shipment and closes the connection. Orders stay at 'shipping', and the "
        "booking is retried with the same reference. When responses arrive again, each order has "
        "one shipment.",
        Misbehave(Service.CARRIER, {"mode": "lose_answer"}),
    ),
    FaultName.MAIL_DOWN: InjectableFault(
        "The mail server is down",
        "No order and no payment waits for a mail. Mails stay in the outbox, and each is sent once "
        "the server is available again.",
        Misbehave(Service.MAIL, {"mode": "down"}),
    ),
    FaultName.MAIL_LOSES_ANSWERS: InjectableFault(
        "The mail server loses its responses",
        "It takes each mail and closes the connection. The mail is sent again with the same "
        "Message-ID, so that the mailbox shows it once.",
        Misbehave(Service.MAIL, {"mode": "lose_answer"}),
    ),
    FaultName.DATABASE_LOCKED: InjectableFault(
        "The database is locked",
        "Another process holds the lock for writing. Pages can still be read. New orders are "
        "refused (503). Steps of orders and payments are retried, and continue when the lock is "
        "released.",
        Run(DATABASE_LOCK),
    ),
    FaultName.WORKER_STOPPED: InjectableFault(
        "The worker is stopped",
        "Orders are still accepted and stay where they are: Temporal keeps them. When the worker "
        "is started again, it continues each of them, including timers that have fired.",
        Stop(WORKER),
    ),
    FaultName.WORKER_KILLED: _killed(
        WORKER,
        "Kill the worker",
        "Steps that it was carrying out are retried after their timeout; nothing is done twice.",
    ),
    FaultName.MAILER_KILLED: _killed(
        "mailer",
        "Kill the mailer",
        "The mail that it was sending is sent again, under the same id.",
    ),
    FaultName.API_KILLED: _killed(
        "api",
        "Kill the API",
        "This page does not respond for some seconds. Orders and payments go on without it.",
    ),
    FaultName.TEMPORAL_KILLED: _killed(
        "temporal",
        "Kill Temporal",
        "No order moves for some seconds, and new ones are refused. Then each continues where it "
        "was: its history is on disk.",
    ),
    FaultName.CARDS_KILLED: _killed(
        "cards", "Kill the card provider", "Charges under way are retried with the same key."
    ),
    FaultName.CARRIER_KILLED: _killed(
        "carrier", "Kill the carrier", "Bookings under way are retried with the same reference."
    ),
    FaultName.MAILBOX_KILLED: _killed(
        "mailbox", "Kill the mail server", "Mails wait in the outbox until it is available."
    ),
    FaultName.CODEC_KILLED: _killed(
        "codec",
        "Kill the codec server",
        "Temporal's Web UI shows encrypted payloads for some seconds.",
    ),
}
