"""The vocabulary of the process: statuses, policies, steps, reasons."""

from enum import StrEnum


class OrderPolicy(StrEnum):
    """The named sequences in which an order may be carried out (slide 11)."""

    CHARGE_FIRST = "charge_first"
    CHARGE_BEFORE_SHIPPING = "charge_before_shipping"
    CHARGE_LATER = "charge_later"


class OrderStep(StrEnum):
    """What an order consists of; its policy says in which sequence."""

    PAYMENT = "payment"
    GOODS = "goods"
    SHIPMENT = "shipment"


class OrderStatus(StrEnum):
    """Where an order is."""

    PLACED = "placed"
    AWAITING_PAYMENT = "awaiting_payment"
    FETCHING_GOODS = "fetching_goods"
    SHIPPING = "shipping"
    CANCELING = "canceling"
    FULFILLED = "fulfilled"
    NOT_FULFILLED = "not_fulfilled"

    @property
    def is_final(self) -> bool:
        """Whether nothing will happen to the order any more."""
        return self in {OrderStatus.FULFILLED, OrderStatus.NOT_FULFILLED}


class CancellationReason(StrEnum):
    """Why an order was not fulfilled."""

    PAYMENT_CANCELED = "payment_canceled"
    GOODS_UNAVAILABLE = "goods_unavailable"
    CANCELED_BY_CUSTOMER = "canceled_by_customer"


class PaymentStatus(StrEnum):
    """Where a payment is."""

    REQUESTED = "requested"
    PARTLY_COVERED = "partly_covered"
    CHARGING = "charging"
    AWAITING_CARD = "awaiting_card"
    RECEIVED = "received"
    CANCELED = "canceled"
    REFUNDING = "refunding"
    REFUNDED = "refunded"

    @property
    def is_open(self) -> bool:
        """Whether the payment may still become received or canceled."""
        return self in {
            PaymentStatus.REQUESTED,
            PaymentStatus.PARTLY_COVERED,
            PaymentStatus.CHARGING,
            PaymentStatus.AWAITING_CARD,
        }


class Awaited(StrEnum):
    """Who may still bring an open charge to an end."""

    BANK = "bank"
    CUSTOMER = "customer"


class ShipmentStatus(StrEnum):
    """Where a shipment is."""

    BOOKED = "booked"
    RECALLED = "recalled"


def order_workflow_id(order_id: str) -> str:
    """The id of an order's workflow, and of the stream that holds the order's events."""
    return f"order/{order_id}"


def payment_workflow_id(payment_id: str) -> str:
    """The id of a payment's workflow, and of the stream that holds the payment's events."""
    return f"payment/{payment_id}"
