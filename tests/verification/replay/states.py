"""Which histories there must be: every end and every wait, as the domain's enums have them.

A history is named `<workflow>-<status>…`; what follows tells those of one status apart.
"""

from collections.abc import Collection, Iterator

from domain.order import SEQUENCES, STATUS_DURING
from domain.statuses import (
    CancellationReason,
    OrderPolicy,
    OrderStatus,
    OrderStep,
    PaymentStatus,
)

OF_PAYMENTS: dict[PaymentStatus, set[str]] = {
    PaymentStatus.AWAITING_CARD: {
        "no-card",
        "declined",
        "reminded",
        "declined-again",
        "last-days",
        "unauthenticated",
    },
    PaymentStatus.CHARGING: {"provider-unavailable", "bank-takes-its-time", "refused"},
    PaymentStatus.RECEIVED: {
        "nothing",
        "by-account",
        "by-card",
        "by-account-and-card",
        "by-second-card",
        "by-authentication",
        "by-bank",
        "by-second-card-after-one-left-open",
        "in-spite-of-cancellation",
        "by-card-after-a-refusal",
    },
    PaymentStatus.CANCELED: {
        "at-deadline",
        "at-deadline-unauthenticated",
        "by-customer",
        "by-customer-in-a-charge",
        "by-customer-while-refused",
        "by-refusal-of-the-provider",
    },
}
"""How a payment reaches its status, where there are several ways."""

OF_REFUNDS: dict[PaymentStatus, set[str]] = {
    PaymentStatus.REFUNDING: {"card", "account", "refused"},
    PaymentStatus.REFUNDED: {"card", "account", "account-and-card", "pending"},
    # Of nothing there is nothing to refund; one canceled by force holds what it holds.
    PaymentStatus.RECEIVED: {"nothing", "part"},
    PaymentStatus.CANCELED: {"account", "charge-left-open"},
}
"""What is given back, by where the payment is then."""

OF_CARD_UPDATES = {
    "provider-unavailable",
    "told-none",
    "told-one",
    "told-two",
    "told-one-and-one-ended",
    "refused-former-told-one",
    "joined-notified-two",
    "joined-refused",
    "joined-provider-unavailable",
    "joined-by-a-newer-card",
}


def missing(histories: Collection[str]) -> set[str]:
    """The ends and waits that have no history. Raises `ValueError` for a history of neither."""
    found: set[str] = set()
    for name in histories:
        # A name may say more at its end; `by-card` is not `by-card-and-account` all the same.
        fitting = [state for state in wanted() if f"{name}-".startswith(f"{state}-")]
        if not fitting:
            raise ValueError(f"{name} is a history of no end and of no wait")
        found.add(max(fitting, key=len))
    return wanted() - found


def wanted() -> set[str]:
    """What the histories' names begin with."""
    cards = {f"card-{detail}" for detail in OF_CARD_UPDATES}
    return {*_orders(), *_payments(), *_refunds(), *cards}


def steps_before_shipping_is_over(policy: OrderPolicy) -> tuple[OrderStep, ...]:
    """Those in which a customer may cancel."""
    sequence = SEQUENCES[policy]
    return sequence[: sequence.index(OrderStep.SHIPMENT) + 1]


def _orders() -> Iterator[str]:
    for policy in OrderPolicy:
        for status in OrderStatus:
            if status is not OrderStatus.NOT_FULFILLED:
                yield f"order-{status}-{policy}"
        canceled = f"order-not_fulfilled-{policy}-{CancellationReason.CANCELED_BY_CUSTOMER}"
        for reason in CancellationReason:
            if reason is not CancellationReason.CANCELED_BY_CUSTOMER:
                yield f"order-not_fulfilled-{policy}-{reason}"
        yield f"{canceled}-during-{OrderStatus.PLACED}"
        for step in steps_before_shipping_is_over(policy):
            yield f"{canceled}-during-{STATUS_DURING[step]}"


def _payments() -> Iterator[str]:
    for status in set(PaymentStatus) - {PaymentStatus.REFUNDING, PaymentStatus.REFUNDED}:
        for detail in OF_PAYMENTS.get(status, {""}):
            yield f"payment-{status}-{detail}".removesuffix("-")


def _refunds() -> Iterator[str]:
    for status, details in OF_REFUNDS.items():
        for detail in details:
            yield f"refund-{status}-{detail}"
