"""The workflows that operators may choose from."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from domain.statuses import WHOLE, order_workflow_id, payment_workflow_id
from storage.refunds import Refund
from verification.chaos.intervention_kinds import Intervention, Reset, Target, Terminate
from verification.chaos.order_monitor import Observation
from verification.chaos.scenarios import AwaitRetries, LaterAction, Order
from workflows.names import refund_workflow_id


class Candidate(NamedTuple):
    """A workflow of the order, or of the payment without one.

    If `rights_itself`, its order undoes what it did, or starts it again, once it is terminated.
    """

    order_id: str
    workflow_id: str
    target: Target
    rights_itself: bool


def candidates(
    intervention: Intervention,
    orders: Mapping[str, Order],
    observed: Iterable[tuple[str, Observation]],
    refunds: Iterable[Refund],
) -> list[Candidate]:
    """What is under way and suits the intervention.

    `refunds` are under way. No order or payment is terminated that its scenario needs to be paid:
    what the scenario is there for would not happen.
    """
    found = [*_of_orders(orders, observed), *map(_of_refund, refunds)]
    if isinstance(intervention, Reset | Terminate):
        found = [one for one in found if one.target is intervention.target]
    if isinstance(intervention, Terminate) and intervention.target is not Target.REFUND:
        found = [one for one in found if not _has_to_be_paid(orders[one.order_id])]
    return found


def _of_orders(
    orders: Mapping[str, Order], observed: Iterable[tuple[str, Observation]]
) -> Iterable[Candidate]:
    for id, seen in observed:
        if seen.is_over or id not in orders:
            continue
        if not seen.alone:
            yield Candidate(id, order_workflow_id(id), Target.ORDER, rights_itself=False)
        if seen.payment is not None and seen.payment.is_open:
            yield Candidate(id, payment_workflow_id(id), Target.PAYMENT, not seen.alone)


def _of_refund(refund: Refund) -> Candidate:
    is_undo = refund.reference == WHOLE
    id = refund_workflow_id(refund.payment_id, None if is_undo else refund.reference)
    return Candidate(refund.payment_id, id, Target.REFUND, rights_itself=is_undo)


def _has_to_be_paid(order: Order) -> bool:
    return isinstance(order.action, LaterAction | AwaitRetries)
