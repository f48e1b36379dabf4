"""Every trace that the business process allows for an order, a payment and a refund.

Derived from the process, not from workflows or diagrams. All events have the same time:
reminders show that time passes.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import reduce

from domain.events import (
    AmountCredited,
    AmountWithdrawn,
    CreditCardCharged,
    CreditCardDetailsUpdated,
    CreditCardFailed,
    CreditCardRefunded,
    CustomerReminded,
    GoodsFetched,
    GoodsReturned,
    GoodsShipped,
    GoodsUnavailable,
    OrderFulfilled,
    OrderNotFulfilled,
    OrderPlaced,
    PaymentCanceled,
    PaymentPartlyCovered,
    PaymentReceived,
    PaymentRequested,
    ShipmentRecalled,
)
from domain.money import withdrawable
from domain.order import SEQUENCES, OrderEvent
from domain.payment import Payment, PaymentEvent
from domain.statuses import CancellationReason, OrderPolicy, OrderStep
from domain.waiting_period import PaymentTerms

AT = datetime(2018, 5, 10, tzinfo=UTC)
TWO_REMINDERS = PaymentTerms(waiting_time=timedelta(days=6), reminder_interval=timedelta(days=2))
"""Two reminders instead of six, for fewer traces."""

FAILED = CreditCardFailed(
    at=AT, code="card_declined", decline_code="insufficient_funds", message="Declined."
)
"""A decline whose reason may pass: the payment may try the card again by itself."""

UPDATED = CreditCardDetailsUpdated(at=AT)

OrderTrace = tuple[OrderEvent, ...]
PaymentTrace = tuple[PaymentEvent, ...]

BACK = {
    OrderStep.GOODS: GoodsReturned(at=AT),
    OrderStep.SHIPMENT: ShipmentRecalled(at=AT, shipment_id="s"),
}
"""How a step is undone; that a payment is refunded is in its own events."""


def of_orders(policy: OrderPolicy) -> Iterator[OrderTrace]:
    """From OrderPlaced to the order's end."""
    placed = OrderPlaced(at=AT, customer_id="kermit", policy=policy, total=2500)
    return _order((placed,), (), SEQUENCES[policy])


def _order(
    so_far: OrderTrace, done: tuple[OrderStep, ...], to_do: Sequence[OrderStep]
) -> Iterator[OrderTrace]:
    customer = CancellationReason.CANCELED_BY_CUSTOMER
    if OrderStep.SHIPMENT not in done[:-1]:
        yield _undone(so_far, done, customer)
    if not to_do:
        yield (*so_far, OrderFulfilled(at=AT))
        return
    step, *rest = to_do
    match step:
        case OrderStep.PAYMENT:
            event: OrderEvent = PaymentReceived(at=AT)
            instead, reason = PaymentCanceled(at=AT), CancellationReason.PAYMENT_CANCELED
        case OrderStep.GOODS:
            event = GoodsFetched(at=AT)
            instead = GoodsUnavailable(at=AT, sku="lily")
            reason = CancellationReason.GOODS_UNAVAILABLE
        case OrderStep.SHIPMENT:
            event = GoodsShipped(at=AT, shipment_id="s", tracking_number="t")
            instead, reason = None, None
    yield from _order((*so_far, event), (*done, step), rest)
    if instead is not None and reason is not None:
        yield _undone((*so_far, instead), done, reason)
        if OrderStep.SHIPMENT not in done:
            yield _undone((*so_far, instead), done, customer)


def _undone(
    so_far: OrderTrace, done: tuple[OrderStep, ...], reason: CancellationReason
) -> OrderTrace:
    undoing = [BACK[step] for step in reversed(done) if step in BACK]
    return (*so_far, *undoing, OrderNotFulfilled(at=AT, reason=reason))


def of_payments(
    card_updates: int, card_retries: int = 0, terms: PaymentTerms = TWO_REMINDERS
) -> Iterator[PaymentTrace]:
    """From PaymentRequested until it is received or nothing is held, with at most so many new
    cards, and so many retries of the same card by the payment itself.
    """
    for amount, balance in ((0, 0), (0, 500), (2500, 0), (2500, 500), (2500, 2500), (2500, 3000)):
        event = PaymentRequested(at=AT, customer_id="kermit", reference="order", amount=amount)
        requested = Payment(
            id="p",
            reference="order",
            customer_id="kermit",
            amount=amount,
            currency="EUR",
            terms=terms,
            requested_at=AT,
            updated_at=AT,
        )
        rules = _PaymentRules(requested, balance, card_updates, card_retries)
        yield from rules.traces((event,))


def of_refunds() -> Iterator[PaymentTrace]:
    """What one refund leaves, if anything: there may be several of a payment, and then each event
    is in the trace of its own refund.
    """
    card = CreditCardRefunded(at=AT, amount=500, left=1500)
    settled = card.model_copy(update={"outside": True})
    account = AmountCredited(at=AT, amount=500)
    for part in (card, settled):
        yield (part,)
        # The card provider is asked first, and may decide after the account was credited.
        yield part, account
        yield account, part
    # The card's part is owed, until another refund pays it; or there is none.
    yield ()
    yield (account,)
    yield (card.model_copy(update={"by_hand": True}),)


class _PaymentRules:
    def __init__(
        self, requested: Payment, balance: int, card_updates: int, card_retries: int
    ) -> None:
        self._requested = requested
        self._balance = balance
        self._card_updates = card_updates
        self._card_retries = card_retries

    def traces(self, so_far: PaymentTrace) -> Iterator[PaymentTrace]:
        """Withdraw what the account holds, then charge the rest."""
        amount = withdrawable(self._balance, self._requested.amount, self._requested.currency)
        if amount:
            so_far = (*so_far, AmountWithdrawn(at=AT, amount=amount))
        rest = self._after(so_far).rest
        if rest and amount:
            so_far = (*so_far, PaymentPartlyCovered(at=AT, rest=rest))
        return self._charge(so_far) if rest else iter([self._receive(so_far)])

    def _charge(self, so_far: PaymentTrace) -> Iterator[PaymentTrace]:
        """It may be canceled before that, or while the provider refuses the request."""
        yield self._cancel(so_far)
        charged = CreditCardCharged(at=AT, amount=self._after(so_far).rest)
        yield self._receive((*so_far, charged))
        yield from self._wait((*so_far, FAILED))

    def _wait(self, so_far: PaymentTrace) -> Iterator[PaymentTrace]:
        """For the deadline, or a cancellation; for a reminder, a retry, or a new card."""
        yield self._cancel(so_far)
        payment = self._after(so_far)
        if payment.next_reminder_at is not None:
            reminded = CustomerReminded(at=AT, reminder=payment.reminders_sent + 1)
            yield from self._wait((*so_far, reminded))
        updates = so_far.count(UPDATED)
        if updates < self._card_updates:
            yield from self._charge((*so_far, UPDATED))
        if so_far.count(FAILED) - updates <= self._card_retries:
            yield from self._charge(so_far)

    def _receive(self, so_far: PaymentTrace) -> PaymentTrace:
        return (*so_far, PaymentReceived(at=AT))

    def _cancel(self, so_far: PaymentTrace) -> PaymentTrace:
        withdrawn = self._after(so_far).withdrawn
        credited = (AmountCredited(at=AT, amount=withdrawn),) if withdrawn else ()
        return (*so_far, PaymentCanceled(at=AT), *credited)

    def _after(self, so_far: PaymentTrace) -> Payment:
        return reduce(Payment.after, so_far, self._requested)
