"""Builds the records of all sources by hand; amounts in cents."""

from datetime import UTC, datetime, timedelta
from typing import Any

from domain.mail_templates import with_link
from security.card_links import CardLinks
from verification.audit import records, rows
from verification.audit.records import (
    Consignment,
    Execution,
    Intent,
    Message,
    Parcel,
    Receipt,
    Refund,
    sent_text,
)
from verification.audit.rows import (
    OPEN_PAYMENTS,
    Account,
    Charge,
    Customer,
    Event,
    Failure,
    Line,
    Mail,
    OpenCharge,
    Order,
    Payment,
    PaymentRefund,
    Product,
    Reservation,
    Shipment,
    Terms,
    Transfer,
)
from verification.audit.shared_values import digest
from verification.audit.snapshot import Books, Snapshot

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
EUR = "EUR"
OUTSIDE = ("gifts", "receipts", "cards:stripe")
"""Accounts that may be below zero."""

LILY = Line("lily", "Pond lily", 1, 2500)
TERMS = Terms(waiting_time=timedelta(days=14), reminder_interval=timedelta(days=2))
DECLINED = Failure("card_declined", "Your card was declined.", "generic_decline")
NO_FUNDS = Failure("card_declined", "Your card has insufficient funds.", "insufficient_funds")


def day(number: float) -> datetime:
    """So many days after NOON."""
    return NOON + timedelta(days=number)


class Records:
    """Lists of records that a test may change before it builds the snapshot."""

    def __init__(self) -> None:
        self.customers: list[Customer] = []
        self.balances: dict[str, int] = dict.fromkeys((*OUTSIDE, "refunds_owed", "outside"), 0)
        self.transfers: list[Transfer] = []
        self.products: list[Product] = []
        self.reservations: list[Reservation] = []
        self.orders: list[Order] = []
        self.payments: list[Payment] = []
        self.charges: list[Charge] = []
        self.open_charges: list[OpenCharge] = []
        self.payment_refunds: list[PaymentRefund] = []
        self.events: list[Event] = []
        self.mails: list[Mail] = []
        self.disputes: list[rows.Dispute] = []
        self.intents: list[Intent] = []
        self.refunds: list[Refund] = []
        self.provider_disputes: list[records.Dispute] = []
        self.consignments: list[Consignment] = []
        self.messages: list[Message] = []
        self.executions: list[Execution] = []
        self.receipts: list[Receipt] = []

    def snapshot(self) -> Snapshot:
        """Build the snapshot; its records stay lists, so that a test may corrupt them."""
        accounts = [
            Account(id, EUR, balance, overdraft=id in OUTSIDE)
            for id, balance in self.balances.items()
        ]
        books = Books(
            customers=self.customers,
            accounts=accounts,
            transfers=self.transfers,
            products=self.products,
            reservations=self.reservations,
            orders=self.orders,
            payments=self.payments,
            charges=self.charges,
            open_charges=self.open_charges,
            refunds=self.payment_refunds,
            events=self.events,
            mails=self.mails,
            disputes=self.disputes,
        )
        return Snapshot(
            at=day(0.1),
            books=books,
            intents=self.intents,
            refunds=self.refunds,
            disputes=self.provider_disputes,
            consignments=self.consignments,
            messages=self.messages,
            executions=self.executions,
            receipts=self.receipts,
        )

    def customer(self, id: str, gift: int) -> None:
        """Accepted by the API, with money on the account."""
        email = f"{id}@example.com"
        self.customers.append(Customer(id, id.title(), email))
        self.posted("/customers", 201, {"id": id, "name": id.title(), "email": email})
        self.balances[f"customer:{id}"] = 0
        self.moved(f"credit:{id}:gift", "gifts", f"customer:{id}", gift)
        self.posted(f"/customers/{id}/credits", 201, {"amount": gift, "reference": "gift"})

    def order(self, id: str, policy: str, status: str, **row: Any) -> None:
        """Kermit's, for one lily, accepted by the API; placed at NOON."""
        values: dict[str, Any] = {
            "reason": None,
            "steps": None,
            "lines": (LILY,),
            "shipment": None,
        } | row
        order = Order(
            id=id,
            customer_id="kermit",
            policy=policy,
            status=status,
            total=sum(line.quantity * line.price for line in values["lines"]),
            currency=EUR,
            placed_at=NOON,
            **values,
        )
        self.orders.append(order)
        lines = [{"sku": line.sku, "quantity": line.quantity} for line in order.lines]
        body = {"customer_id": "kermit", "lines": lines, "policy": policy}
        self.posted("/orders", 202, body, {"id": id, "total": order.total}, key=f"key-{id}")

    def payment(self, id: str, status: str, amount: int = 2500, **row: Any) -> None:
        """Kermit's, requested at NOON; the reference is its order's id by default."""
        values: dict[str, Any] = {
            "reference": id,
            "withdrawn": 0,
            "charged": 0,
            "refunded": 0,
            "failure": None,
            "waiting_since": None,
            "reminders_sent": 0,
            "terms": TERMS,
        } | row
        since: datetime | None = values["waiting_since"]
        deadline = since + TERMS.waiting_time if since and status in OPEN_PAYMENTS else None
        self.payments.append(
            Payment(
                id=id,
                customer_id="kermit",
                status=status,
                amount=amount,
                currency=EUR,
                deadline=deadline,
                requested_at=NOON,
                **values,
            )
        )

    def happened(self, stream: str, at: datetime, *types: str, **data: Any) -> None:
        """Events at the same time; the data belongs to the last one."""
        for event_type in types:
            number = 1 + sum(event.stream == stream for event in self.events)
            own_data = data if event_type == types[-1] else {}
            self.events.append(Event(stream, number, event_type, at, own_data))
            self._notified_of(stream, number, event_type)

    def _notified_of(self, stream: str, number: int, event_type: str) -> None:
        """The mails that every such event causes; the others are named where they are expected."""
        kind, _, id = stream.partition("/")
        is_canceled = any(
            event.stream == stream and event.type == "PaymentCanceled" for event in self.events
        )
        match event_type:
            case "OrderNotFulfilled":
                self.notified(f"{kind}:{id}:canceled")
            case "CreditCardRefunded":
                self.notified(f"{kind}:{id}:refunded:{number}")
            case "AmountCredited" if not is_canceled:
                self.notified(f"{kind}:{id}:credited:{number}")
            case "CreditCardFailed":
                self.notified(f"{kind}:{id}:failed")
            case _:
                pass

    def moved(self, id: str, debit: str, credit: str, amount: int) -> None:
        """A transfer."""
        self.transfers.append(Transfer(id, debit, credit, amount, EUR))
        self.balances[debit] -= amount
        self.balances[credit] += amount

    def charged(
        self, payment: str, attempt: int, amount: int, *, refunded: bool = False, by_hand: int = 0
    ) -> None:
        """A successful charge; refunded in full, or `by_hand` cents in the dashboard."""
        named = {"payment": payment, "attempt": str(attempt)}
        intent = Intent(f"pi_{payment}_{attempt}", "succeeded", amount, amount, 0, "eur", named)
        self.intents.append(intent)
        self.charges.append(Charge(payment, attempt, amount, EUR, "pm_card_visa", intent.id, None))
        self.moved(f"payment:{payment}:charge:{attempt}", "cards:stripe", "receipts", amount)
        if refunded:
            id = f"re_{payment}"
            self.moved(f"payment:{payment}:refund:1", "receipts", "cards:stripe", amount)
            self.refunds.append(Refund(id, "succeeded", amount, intent.id, {"payment": payment}))
        if by_hand:
            id = f"re_{payment}"
            self.moved(f"payment:{payment}:refund:{id}", "receipts", "cards:stripe", by_hand)
            self.refunds.append(Refund(id, "succeeded", by_hand, intent.id, {}))

    def disputed(self, payment: str, status: str) -> None:
        """A dispute of the first charge, and a warning before it."""
        id, warning = f"du_{payment}", f"issfr_{payment}"
        intent = f"pi_{payment}_1"
        self.provider_disputes.append(records.Dispute(id, intent, status))
        self.provider_disputes.append(records.Dispute(warning, intent))
        self.disputes.append(
            rows.Dispute(id, "dispute", payment, 4500, EUR, "fraudulent", status),
        )
        kind = "early_fraud_warning"
        self.disputes.append(
            rows.Dispute(warning, kind, payment, None, None, "misc", "not_actionable")
        )

    def given_back(  # noqa: PLR0913  the columns
        self,
        payment: str,
        reference: str,
        status: str,
        to_card: int,
        to_account: int = 0,
        *,
        at_provider: str | None = None,
        **row: Any,
    ) -> None:
        """A refund that an operator requested; with `at_provider`, its status there."""
        id = f"re_{payment}_{reference}" if at_provider else None
        values = {"recorded": True, "credited": True, "replaced_by": None} | row
        self.payment_refunds.append(
            PaymentRefund(
                payment_id=payment,
                reference=reference,
                reason="operator",
                amount=to_card + to_account,
                to_card=to_card,
                to_account=to_account,
                status=status,
                provider_id=id,
                **values,
            )
        )
        if values["recorded"] and to_card:
            refunded = f"payment:{payment}:refund:refund:{reference}"
            self.moved(refunded, "receipts", "cards:stripe", to_card)
        if id and at_provider:
            named = {"payment": payment, "reference": reference}
            refund = Refund(id, at_provider, to_card, f"pi_{payment}_1", named)
            self.refunds.append(refund)

    def declined(
        self, payment: str, attempt: int, amount: int, failure: Failure = DECLINED
    ) -> None:
        """A declined charge."""
        named = {"payment": payment, "attempt": str(attempt)}
        id, status = f"pi_{payment}_{attempt}", "requires_payment_method"
        self.intents.append(Intent(id, status, amount, 0, 0, "eur", named))
        self.charges.append(Charge(payment, attempt, amount, EUR, "pm_card_bad", None, failure))

    def carried(self, order: str, status: str, *lines: Line) -> Shipment:
        """A shipment of the carrier; returns the one in the order's row."""
        parcels = tuple(Parcel(line.sku, line.quantity) for line in lines or (LILY,))
        shipment = Shipment(f"shp_{order}", f"TN_{order}", status)
        self.consignments.append(
            Consignment(shipment.id, shipment.tracking_number, status, order, "kermit", parcels)
        )
        return shipment

    def notified(self, *mails: str) -> None:
        """Mails to kermit, queued and delivered."""
        for id in mails:
            self.mails.append(Mail(id, "kermit", f"About {id}", digest("Dear Kermit"), NOON, None))
            local_part = id.replace(":", "=3A")
            message_id, to = f"<{local_part}@example.com>", "kermit@example.com"
            text = sent_text(f"{with_card_link('Dear Kermit', id)}\n\n")
            self.messages.append(Message(message_id, to, f"About {id}", text))

    def runs(self, id: str, kind: str, **how: Any) -> None:
        """A workflow that has not ended."""
        self.executions.append(Execution(id, kind, "RUNNING", **how))

    def posted(
        self,
        path: str,
        status: int,
        body: dict[str, Any],
        answer: dict[str, Any] | None = None,
        key: str | None = None,
    ) -> None:
        """A receipt."""
        self.receipts.append(Receipt(path, key, body, status, answer or {}))


def with_card_link(text: str, mail_id: str) -> str:
    """The mail's text as it is sent: in a reminder, with a link for the payment."""
    _, payment, kind, *_ = mail_id.split(":")
    if kind != "reminder":
        return text
    links = CardLinks(["a-key-for-the-links-of-reminders-in-tests"], "https://shop.example.com")
    return with_link(text, str(links.link(payment, day(14))))
