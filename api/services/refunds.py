"""Refunds that operators request, and those that they settle outside."""

from collections.abc import Collection
from datetime import UTC, datetime

from sqlalchemy import Connection
from temporalio.common import Priority, WorkflowIDConflictPolicy, WorkflowIDReusePolicy

from api.auth.scopes import Caller
from api.dependencies import Context
from api.infrastructure.temporal import REFUND_WORKFLOW, starting_workflow
from api.schemas.refunds_and_disputes import DisputeList, RefundList
from api.schemas.requests import NewRefund
from api.services import queries
from domain.errors import ConflictError
from domain.events import AmountCredited, CreditCardRefunded
from domain.money import format_amount
from domain.payment import Payment
from storage import disputes, payments, refund_states, refunds
from storage.refunds import Refund
from workflows.messages import PaymentInput, RefundInput, RefundPart
from workflows.names import TaskQueue, customer_attributes, refund_workflow_id


async def request(
    context: Context, payment_id: str, body: NewRefund, caller: Caller
) -> tuple[Payment, bool]:
    """Give back a part of a received payment; also whether this is new.

    The amount is reserved before the workflow is started: if that fails, the same request starts
    it. Raises `NotFoundError`, and `ConflictError` if the payment is not received, less is held,
    the refund to replace is not owed, or the reference was used for another refund.
    """
    payment = await queries.find_payment(context, payment_id, caller)
    if payment.status.is_open:
        message = f"The payment is {payment.status}; only a received payment is refunded."
        raise ConflictError(message)
    now = datetime.now(UTC)
    refund, is_new = await context.database.write(
        refunds.begin_part, payment_id, body.reference, body.amount, now, body.replaces
    )
    if refund.is_under_way:
        await _start(context, payment, refund, body.replaces)
    return await queries.find_payment(context, payment_id, caller), is_new


async def list_refunds(context: Context, payment_id: str, caller: Caller) -> RefundList:
    """The refunds of the payment, and what may still be given back; raises `NotFoundError`."""
    payment = await queries.find_payment(context, payment_id, caller)

    def read(tx: Connection) -> RefundList:
        found = refunds.of_payment(tx, payment_id)
        recorded = payments.recorded_keys(tx, payment_id)
        return RefundList.of(
            found,
            {one.reference: _events(recorded, one) for one in found},
            refunds.unreserved(tx, payment),
            payment.currency,
            for_operator=_is_operator(caller),
        )

    return await context.database.read(read)


def _events(recorded: Collection[str], refund: Refund) -> list[str]:
    """The names of those of its events that are recorded; one that repays another has none."""
    return [
        kind.name()
        for kind in (CreditCardRefunded, AmountCredited)
        if payments.event_key(kind, refund.event_number) in recorded
    ]


async def list_disputes(context: Context, payment_id: str, caller: Caller) -> DisputeList:
    """The disputes of the payment's charges; raises `NotFoundError`."""
    await queries.find_payment(context, payment_id, caller)
    found = await context.database.read(disputes.of_payment, payment_id)
    return DisputeList.of(found, for_operator=_is_operator(caller))


def _is_operator(caller: Caller) -> bool:
    """Who may give back, and see the card provider's reasons: that a card was stolen, perhaps."""
    return caller.owner is None


async def settle_outside(
    context: Context, payment_id: str, reference: str, reason: str, caller: Caller
) -> Payment:
    """Write that what is owed was given back in another way; return the payment.

    Raises `NotFoundError`, and `ConflictError` if the refund is not owed.
    """
    await context.database.write(
        refund_states.settle_outside, payment_id, reference, reason, datetime.now(UTC)
    )
    return await queries.find_payment(context, payment_id, caller)


async def _start(context: Context, payment: Payment, refund: Refund, replaces: str | None) -> None:
    """Start the refund's workflow, unless it runs."""
    part = RefundPart(reference=refund.reference, amount=refund.amount, replaces=replaces)
    async with starting_workflow(context.temporal):
        await context.temporal.start_workflow(
            REFUND_WORKFLOW,
            RefundInput(
                payment=PaymentInput.of(payment, context.terms),
                at=refund.requested_at,
                part=part,
            ),
            id=refund_workflow_id(payment.id, refund.reference),
            task_queue=TaskQueue.PAYMENTS,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            search_attributes=customer_attributes(payment.customer_id),
            static_summary=f"Refund a part of payment {payment.id}",
            static_details=format_amount(refund.amount, payment.currency),
            priority=Priority(fairness_key=payment.customer_id),
        )
