"""The records of all sources, read at about the same time."""

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TypeVar

from verification.audit import records, rows
from verification.audit.records import Consignment, Execution, Intent, Message, Receipt, Refund
from verification.audit.rows import (
    Account,
    Charge,
    Customer,
    Event,
    Mail,
    OpenCharge,
    Order,
    Payment,
    PaymentRefund,
    Product,
    Reservation,
    Transfer,
)

K = TypeVar("K", bound=Hashable)
R = TypeVar("R")

REFUND_FAILED = {"failed", "canceled"}


# Without `repr`: `asyncio.run` makes that of its result, for nobody, in 7 KB for each payment.
@dataclass(frozen=True, repr=False)
class Books:
    """All rows of our own database, read in one transaction."""

    customers: Sequence[Customer]
    accounts: Sequence[Account]
    transfers: Sequence[Transfer]
    products: Sequence[Product]
    reservations: Sequence[Reservation]
    orders: Sequence[Order]
    payments: Sequence[Payment]
    charges: Sequence[Charge]
    open_charges: Sequence[OpenCharge]
    refunds: Sequence[PaymentRefund]
    events: Sequence[Event]
    mails: Sequence[Mail]
    disputes: Sequence[rows.Dispute]


@dataclass(frozen=True, repr=False)
class Snapshot:
    """All records about every order and payment; collecting them began at `at`."""

    at: datetime
    books: Books
    intents: Sequence[Intent]
    refunds: Sequence[Refund]
    disputes: Sequence[records.Dispute]
    consignments: Sequence[Consignment]
    messages: Sequence[Message]
    executions: Sequence[Execution]
    receipts: Sequence[Receipt]

    @cached_property
    def orders(self) -> Mapping[str, Order]:
        """By id."""
        return {order.id: order for order in self.books.orders}

    @cached_property
    def payments(self) -> Mapping[str, Payment]:
        """By id; the payment of an order has the order's id."""
        return {payment.id: payment for payment in self.books.payments}

    @cached_property
    def customers(self) -> Mapping[str, Customer]:
        """By id."""
        return {customer.id: customer for customer in self.books.customers}

    @cached_property
    def transfers(self) -> Mapping[str, Transfer]:
        """By id."""
        return {transfer.id: transfer for transfer in self.books.transfers}

    @cached_property
    def events(self) -> Mapping[str, Sequence[Event]]:
        """By stream, in their order."""
        ordered = sorted(self.books.events, key=lambda event: event.sequence)
        return _grouped(ordered, lambda event: event.stream)

    @cached_property
    def charges(self) -> Mapping[str, Sequence[Charge]]:
        """By payment, in the order of attempts."""
        ordered = sorted(self.books.charges, key=lambda charge: charge.attempt)
        return _grouped(ordered, lambda charge: charge.payment_id)

    @cached_property
    def open_charges(self) -> Mapping[str, OpenCharge]:
        """By payment."""
        return {charge.payment_id: charge for charge in self.books.open_charges}

    @cached_property
    def refused_charges(self) -> Mapping[str, Charge]:
        """By payment: its last charge, if the provider refused the request for it."""
        last = {payment: charges[-1] for payment, charges in self.charges.items()}
        return {payment: charge for payment, charge in last.items() if charge.is_refused}

    @cached_property
    def payment_refunds(self) -> Mapping[str, Sequence[PaymentRefund]]:
        """By payment, those in our books."""
        return _grouped(self.books.refunds, lambda refund: refund.payment_id)

    @cached_property
    def pending_refunds(self) -> Collection[str]:
        """Ids of the workflows whose refunds are pending at the card provider."""
        return {refund.workflow for refund in self.books.refunds if refund.status == "pending"}

    @cached_property
    def credited(self) -> Mapping[str, int]:
        """By payment, the cents that were credited back to the customer's account."""
        credited: defaultdict[str, int] = defaultdict(int)
        for transfer in self.books.transfers:
            kind, _, rest = transfer.id.partition(":")
            payment_id, _, what = rest.partition(":")
            if kind == "payment" and what.partition(":")[0] == "credit":
                credited[payment_id] += transfer.amount
        return credited

    @cached_property
    def reservations(self) -> Mapping[str, Sequence[Reservation]]:
        """By order."""
        return _grouped(self.books.reservations, lambda reservation: reservation.order_id)

    @cached_property
    def executions_by_id(self) -> Mapping[str, Execution]:
        """By workflow id."""
        return {execution.id: execution for execution in self.executions}

    @cached_property
    def consignments_by_order(self) -> Mapping[str, Sequence[Consignment]]:
        """By reference."""
        return _grouped(self.consignments, lambda consignment: consignment.reference)

    @cached_property
    def held(self) -> Mapping[str, Mapping[str, int]]:
        """By payment, the cents that the card provider holds of its PaymentIntents, if any."""
        given_back: defaultdict[str, int] = defaultdict(int)
        for refund in self.refunds:
            if refund.status not in REFUND_FAILED:
                given_back[refund.payment_intent] += refund.amount
        held: defaultdict[str, dict[str, int]] = defaultdict(dict)
        for intent in self.intents:
            if left := intent.amount_received - given_back.get(intent.id, 0):
                held[intent.metadata.get("payment", "")][intent.id] = left
        return held

    def held_of(self, payment_id: str) -> int:
        """Cents that the card provider holds of the payment."""
        return sum(self.held.get(payment_id, {}).values())

    def types(self, stream: str) -> list[str]:
        """The types of the stream's events, in their order."""
        return [event.type for event in self.events.get(stream, ())]

    def running(self, workflow_id: str) -> Execution | None:
        """The execution, if it has not ended."""
        execution = self.executions_by_id.get(workflow_id)
        return execution if execution and execution.is_running else None

    def is_under_way(self, workflow_id: str, activity: str) -> bool:
        """Whether the activity is pending: its effect may already exist."""
        execution = self.running(workflow_id)
        return execution is not None and activity in execution.activities


def _grouped(records: Iterable[R], by: Callable[[R], K]) -> dict[K, list[R]]:
    groups: defaultdict[K, list[R]] = defaultdict(list)
    for record in records:
        groups[by(record)].append(record)
    return dict(groups)
