"""Requesting and finding payments, and telling them of another card."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

from temporalio.client import WorkflowFailureError
from temporalio.common import (
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)
from temporalio.exceptions import (
    ApplicationError,
    FailureError,
    TerminatedError,
    WorkflowAlreadyStartedError,
)

from api.auth.scopes import Caller
from api.dependencies import Context
from api.errors import AnswerPendingError, InvalidRequestError
from api.infrastructure.temporal import (
    CARD_DETAILS_UPDATED,
    CARD_UPDATE_WORKFLOW,
    PAYMENT_WORKFLOW,
    WorkflowGoneError,
    agreement,
    asking_temporal,
    backoff,
    recall,
    starting,
    starting_once,
)
from api.schemas.requests import NewCard, NewPayment
from api.services import queries
from api.services.orders import check_customer
from domain.errors import ConflictError, NotFoundError
from domain.money import format_amount
from domain.payment import Payment
from storage import card_updates, customers
from storage.card_updates import Limits
from workflows.messages import CardDetailsUpdated, CardUpdateInput, CardUpdateResult, PaymentInput
from workflows.names import (
    CUSTOMER_ID,
    TaskQueue,
    card_update_workflow_id,
    new_payment_attributes,
    payment_workflow_id,
)

REFERENCES = UUID("c1f0dd5c-3f2b-4a4e-8a55-7f2b3c6d9b10")
"""References become payment ids under this name space."""

MEMORY = "payment"
"""What the workflow remembers its payment under, until the payment is written down."""

CARD_UPDATE_PATIENCE = timedelta(seconds=20)
CARD_UNKNOWN = "CardUnknownError"
"""The type of the card update's failure if the provider does not know the token."""


async def request(context: Context, asked: NewPayment, caller: Caller) -> Payment:
    """Request a payment, durably; under a reference that was used before, find it again.

    Raises `InvalidRequestError` for an unknown customer, `ConflictError` if the reference stands
    for another payment.
    """
    payment_id = str(uuid5(caller.name_space(REFERENCES), asked.reference))
    known = await context.store.read(queries.payment, payment_id, caller.owner)
    if known is None:
        await context.store.read(check_customer, asked.customer_id, caller.owner)
        payment = _requested(context, payment_id, asked)
        if await _start(context, payment):
            context.metrics.payments.inc()
            return payment
        known = await find(context, payment_id, caller)
    if (known.customer_id, known.amount) != (asked.customer_id, asked.amount):
        message = "The reference stands for another payment; take a new one for a new payment."
        raise ConflictError(message)
    return known


async def find(context: Context, payment_id: str, caller: Caller) -> Payment:
    """The payment as it is written down, or as it was accepted; raises `NotFoundError`."""
    found = await context.store.read(queries.payment, payment_id, caller.owner)
    if found is not None:
        return found
    try:
        payment = await recall(context.client, payment_workflow_id(payment_id), MEMORY, Payment)
    except WorkflowGoneError as error:
        raise NotFoundError("payment", payment_id) from error
    caller.check_owns(payment.customer_id, "payment", payment_id)
    return payment


async def update_card(context: Context, payment_id: str, card: NewCard, caller: Caller) -> Payment:
    """Tell an open payment of another card.

    Raises `ConflictError` if it has ended, `LimitReachedError` after too many cards in a day.
    """
    payment = await find(context, payment_id, caller)
    check_open(payment)
    await _count_card_update(context, payment.customer_id, payment_id)
    workflow = context.client.get_workflow_handle(payment_workflow_id(payment_id))
    try:
        async with asking_temporal():
            await workflow.signal(
                CARD_DETAILS_UPDATED, CardDetailsUpdated(payment_method=card.payment_method)
            )
    except WorkflowGoneError as error:
        raise _ended(await find(context, payment_id, caller)) from error
    return await find(context, payment_id, caller)


async def update_customer_card(
    context: Context, customer_id: str, card: NewCard, caller: Caller
) -> CardUpdateResult:
    """Have the customer's new card registered, and their open payments told of it.

    Raises `InvalidRequestError` if the card provider does not know the token, `ConflictError` if a
    newer update replaced this one, `AnswerPendingError` if it takes too long, `LimitReachedError`
    after too many cards in a day.
    """
    await context.store.read(customers.find, customer_id, caller.owner)
    await _count_card_update(context, customer_id, None)
    try:
        async with asyncio.timeout(CARD_UPDATE_PATIENCE.total_seconds()):
            return await _execute_card_update(context, customer_id, card)
    except TimeoutError as error:
        message = "The card provider did not answer yet. It is safe to ask again."
        raise AnswerPendingError(message) from error
    except WorkflowFailureError as error:
        raise _explained(error) from error


async def _count_card_update(context: Context, customer_id: str, payment_id: str | None) -> None:
    """Before it is given: also a card that is refused was tried out."""
    settings, now = context.settings, datetime.now(UTC)
    limits = Limits(settings.card_updates_per_day, settings.card_updates_per_day_and_customer)
    await context.store.write(card_updates.note, customer_id, payment_id, now, limits)


def check_open(payment: Payment) -> None:
    """Raises `ConflictError` for a payment that has ended."""
    if not payment.status.is_open:
        raise _ended(payment)


def _requested(context: Context, payment_id: str, asked: NewPayment) -> Payment:
    now = datetime.now(UTC)
    return Payment(
        id=payment_id,
        reference=asked.reference,
        customer_id=asked.customer_id,
        amount=asked.amount,
        currency=context.settings.currency,
        terms=agreement(context.settings).terms,
        requested_at=now,
        updated_at=now,
    )


async def _start(context: Context, payment: Payment) -> bool:
    """Start the payment's workflow; False if that was done before."""
    try:
        async with starting_once(
            context.client, payment_workflow_id(payment.id), "payment", payment.id
        ):
            await context.client.start_workflow(
                PAYMENT_WORKFLOW,
                PaymentInput(
                    payment_id=payment.id,
                    reference=payment.reference,
                    customer_id=payment.customer_id,
                    amount=payment.amount,
                    currency=payment.currency,
                    agreement=agreement(context.settings),
                ),
                id=payment_workflow_id(payment.id),
                task_queue=TaskQueue.PAYMENTS,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
                memo={MEMORY: payment},
                search_attributes=new_payment_attributes(payment.customer_id),
                static_summary=f"Payment of customer {payment.customer_id}",
                static_details=format_amount(payment.amount, payment.currency),
            )
    except WorkflowAlreadyStartedError:
        return False
    return True


async def _execute_card_update(
    context: Context, customer_id: str, card: NewCard
) -> CardUpdateResult:
    async with starting():
        workflow = await context.client.start_workflow(
            CARD_UPDATE_WORKFLOW,
            CardUpdateInput(
                customer_id=customer_id,
                payment_method=card.payment_method,
                backoff=backoff(context.settings),
            ),
            id=card_update_workflow_id(customer_id),
            task_queue=TaskQueue.PAYMENTS,
            # The newest card wins, also over one that is still being registered.
            id_conflict_policy=WorkflowIDConflictPolicy.TERMINATE_EXISTING,
            result_type=CardUpdateResult,
            search_attributes=TypedSearchAttributes(
                [SearchAttributePair(CUSTOMER_ID, customer_id)]
            ),
            static_summary=f"New card of customer {customer_id}",
        )
    async with asking_temporal(2 * CARD_UPDATE_PATIENCE):
        return await workflow.result()


def _explained(error: WorkflowFailureError) -> Exception:
    cause: BaseException | None = error.cause
    while cause is not None:
        if isinstance(cause, TerminatedError):
            return ConflictError("A newer card replaced this one before it was registered.")
        if isinstance(cause, ApplicationError) and cause.type == CARD_UNKNOWN:
            message = "the card provider does not know this token"
            return InvalidRequestError.in_body("payment_method", message)
        cause = cause.cause if isinstance(cause, FailureError) else None
    return error


def _ended(payment: Payment) -> ConflictError:
    return ConflictError(f"The payment has ended; it is {payment.status}.")
