"""Statuses, policies, steps and reasons of orders, payments and shipments; workflow ids."""

from enum import StrEnum


class OrderPolicy(StrEnum):
    """Named sequences of an order's steps (slide 11)."""

    CHARGE_FIRST = "charge_first"
    CHARGE_BEFORE_SHIPPING = "charge_before_shipping"
    CHARGE_LATER = "charge_later"


class OrderStep(StrEnum):
    """The steps of every order; its policy defines their sequence."""

    PAYMENT = "payment"
    GOODS = "goods"
    SHIPMENT = "shipment"


class OrderStatus(StrEnum):
    """The state of an order, as the REST contract names it."""

    PLACED = "placed"
    AWAITING_PAYMENT = "awaiting_payment"
    FETCHING_GOODS = "fetching_goods"
    SHIPPING = "shipping"
    CANCELING = "canceling"
    FULFILLED = "fulfilled"
    NOT_FULFILLED = "not_fulfilled"

    @property
    def is_final(self) -> bool:
        """Whether the order has ended."""
        return self in {OrderStatus.FULFILLED, OrderStatus.NOT_FULFILLED}


class CancellationReason(StrEnum):
    """Why an order was not fulfilled."""

    PAYMENT_CANCELED = "payment_canceled"
    GOODS_UNAVAILABLE = "goods_unavailable"
    CANCELED_BY_CUSTOMER = "canceled_by_customer"


class PaymentStatus(StrEnum):
    """The state of a payment, as the REST contract names it."""

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


class RefundState(StrEnum):
    """How far a refund is; one that is `refused` or `failed` waits for somebody."""

    REQUESTED = "requested"
    PENDING = "pending"
    """The card provider accepted it, and has not given the money back yet."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    """The card provider could not give the money back, perhaps days after it said it had."""

    REFUSED = "refused"
    """The card provider does not refund this charge, e.g. because it is disputed."""

    SETTLED_OUTSIDE = "settled_outside"
    """An operator gave the money back in another way."""

    @property
    def is_under_way(self) -> bool:
        """Whether the card provider still has to decide."""
        return self in {RefundState.REQUESTED, RefundState.PENDING}

    @property
    def is_owed(self) -> bool:
        """Whether the customer did not get the money."""
        return self in {RefundState.FAILED, RefundState.REFUSED}


WHOLE = "_undo"
"""The reference of the refund that undoes an order's payment; no operator's begins like it."""


class RefundReason(StrEnum):
    """Why money is given back."""

    ORDER_UNDONE = "order_undone"
    OPERATOR = "operator"
    DASHBOARD = "dashboard"
    """Somebody refunded in the card provider's dashboard."""


class Awaited(StrEnum):
    """Who may still decide an open charge."""

    BANK = "bank"
    CUSTOMER = "customer"


class ShipmentStatus(StrEnum):
    """The state of a shipment."""

    BOOKED = "booked"
    RECALLED = "recalled"


def order_workflow_id(order_id: str) -> str:
    """The id of an order's workflow, and of the stream that holds the order's events."""
    return f"order/{order_id}"


def payment_workflow_id(payment_id: str) -> str:
    """The id of a payment's workflow, and of the stream that holds the payment's events."""
    return f"payment/{payment_id}"
