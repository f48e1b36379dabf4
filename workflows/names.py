"""Task queues, workflow ids and search attributes."""

from enum import StrEnum

from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes

from domain.order import SEQUENCES, STATUS_DURING
from domain.statuses import OrderPolicy, PaymentStatus, order_workflow_id, payment_workflow_id

__all__ = [
    "AWAITING_CARD",
    "CUSTOMER_ID",
    "ORDER_STATUS",
    "PAYMENT_DEADLINE",
    "PAYMENT_STATUS",
    "TaskQueue",
    "card_update_workflow_id",
    "customer_attributes",
    "new_order_attributes",
    "new_payment_attributes",
    "order_workflow_id",
    "payment_workflow_id",
    "refund_workflow_id",
]


class TaskQueue(StrEnum):
    """One per bounded context: each can be served, scaled and deployed by itself."""

    ORDERS = "orders"
    PAYMENTS = "payments"
    FULFILLMENT = "fulfillment"


CUSTOMER_ID = SearchAttributeKey.for_keyword("CustomerId")
ORDER_STATUS = SearchAttributeKey.for_keyword("OrderStatus")
PAYMENT_STATUS = SearchAttributeKey.for_keyword("PaymentStatus")
AWAITING_CARD = SearchAttributeKey.for_bool("AwaitingCard")
PAYMENT_DEADLINE = SearchAttributeKey.for_datetime("PaymentDeadline")


def refund_workflow_id(payment_id: str, reference: str | None = None) -> str:
    """The id of the workflow that gives back a payment, or the part with that reference."""
    return f"refund/{payment_id}/{reference}" if reference else f"refund/{payment_id}"


def card_update_workflow_id(customer_id: str) -> str:
    """The id of the workflow that notifies a customer's payments of their new card."""
    return f"card/{customer_id}"


def customer_attributes(customer_id: str) -> TypedSearchAttributes:
    """Search attributes of a workflow that is found by its customer alone."""
    return TypedSearchAttributes([SearchAttributePair(CUSTOMER_ID, customer_id)])


def new_order_attributes(customer_id: str, policy: OrderPolicy) -> TypedSearchAttributes:
    """Search attributes of a new order; its status is that of its first step."""
    return TypedSearchAttributes(
        [
            SearchAttributePair(CUSTOMER_ID, customer_id),
            SearchAttributePair(ORDER_STATUS, STATUS_DURING[SEQUENCES[policy][0]]),
        ]
    )


def new_payment_attributes(customer_id: str, *, spares_history: bool) -> TypedSearchAttributes:
    """Search attributes of a new payment; with `spares_history` those of its first charge."""
    return TypedSearchAttributes(
        [
            SearchAttributePair(CUSTOMER_ID, customer_id),
            SearchAttributePair(
                PAYMENT_STATUS,
                PaymentStatus.CHARGING if spares_history else PaymentStatus.REQUESTED,
            ),
            SearchAttributePair(AWAITING_CARD, value=False),
        ]
    )
