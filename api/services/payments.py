"""Payments: request, and update the card."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

from temporalio.client import Client, WorkflowFailureError
from temporalio.common import (
    Priority,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)
from temporalio.exceptions import (
    ApplicationError,
    CancelledError,
    FailureError,
    TerminatedError,
    WorkflowAlreadyStartedError,
)

from api.auth.scopes import Caller
from api.dependencies import Context
from api.errors import AnswerPendingError, InvalidRequestError
from api.infrastructure.temporal import (
    CARD_DETAILS_UPDATED,
    CARD_GIVEN,
    CARD_UPDATE_WORKFLOW,
    PAYMENT_WORKFLOW,
    WorkflowNotFoundError,
    starting_workflow,
    starting_workflow_once,
    temporal_call,
)
from api.schemas.requests import NewCard, NewPayment
from api.services import queries
from api.services.admission import admitted
from api.services.orders import check_customer, check_payable
from domain.errors import ConflictError
from domain.money import format_amount
from domain.payment import Payment
from storage import card_updates, customers
from storage.card_updates import Limits
from workflows.messages import (
    CardDetailsUpdated,
    CardUpdateInput,
    CardUpdateResult,
    PaymentInput,
    TermsSnapshot,
)
from workflows.names import (
    TaskQueue,
    card_update_workflow_id,
    customer_attributes,
    new_payment_attributes,
    payment_workflow_id,
)

PAYMENT_ID_NAMESPACE = UUID("c1f0dd5c-3f2b-4a4e-8a55-7f2b3c6d9b10")
"""The UUID namespace in which references become payment ids."""

CARD_UPDATE_TIMEOUT = timedelta(seconds=20)
CARD_UNKNOWN = "CardUnknownError"
"""The type of the failure of older releases' card updates if the provider does not know the token.
"""
ENDED = "The update ended before it was complete. Give the card again."
"""Somebody terminated or canceled its workflow; releases before joined updates did, too."""

REPLACED = "A newer card replaced this one before its update was complete."


async def request(context: Context, body: NewPayment, caller: Caller) -> Payment:
    """Request a payment, durably; a repeated reference returns the first payment.

    Raises `InvalidRequestError` for an unknown customer or an amount that is less than a card can
    pay, `ConflictError` if the reference was used for another payment, `LimitReachedError` if too
    many of the customer's payments are open.
    """
    payment_id = str(uuid5(caller.namespace_for(PAYMENT_ID_NAMESPACE), body.reference))
    existing = await context.database.read(queries.select_payment, payment_id, caller.owner)
    if existing is None:
        check_payable(body.amount, context.settings.currency, "amount")
        await context.database.read(check_customer, body.customer_id, caller.owner)
        payment = _new_payment(context, payment_id, body)
        async with admitted(context, payment):
            is_new = await start(context.temporal, payment, context.terms)
        if is_new:
            context.metrics.payments.inc()
            return payment
        existing = await queries.find_payment(context, payment_id, caller)
    if (existing.customer_id, existing.amount) != (body.customer_id, body.amount):
        message = "The reference was used for another payment; use a new one for a new payment."
        raise ConflictError(message)
    return existing


async def update_card(context: Context, payment_id: str, card: NewCard, caller: Caller) -> Payment:
    """Notify an open payment of another card.

    Raises `ConflictError` if it has ended, `LimitReachedError` after too many cards or charges in a
    day.
    """
    payment = await queries.find_payment(context, payment_id, caller)
    check_open(payment)
    workflow = context.temporal.get_workflow_handle(payment_workflow_id(payment_id))
    async with _counting_card_update(context, payment.customer_id, card, payment_id):
        try:
            async with temporal_call():
                await workflow.signal(
                    CARD_DETAILS_UPDATED, CardDetailsUpdated(payment_method=card.payment_method)
                )
        except WorkflowNotFoundError as error:
            raise _ended(await queries.find_payment(context, payment_id, caller)) from error
        # If this fails, its customer will repeat what was not answered.
        return await queries.find_payment(context, payment_id, caller)


async def update_customer_card(
    context: Context, customer_id: str, card: NewCard, caller: Caller
) -> CardUpdateResult:
    """Register the customer's new card, and notify their open payments of it.

    Raises `InvalidRequestError` if the card provider does not know the token, `ConflictError` if a
    newer update replaced this one, `AnswerPendingError` if it takes too long, `LimitReachedError`
    after too many cards or charges in a day.
    """
    await context.database.read(customers.find, customer_id, caller.owner)
    async with _counting_card_update(context, customer_id, card):
        try:
            async with asyncio.timeout(CARD_UPDATE_TIMEOUT.total_seconds()):
                return await _execute_card_update(context, customer_id, card)
        except TimeoutError as error:
            message = "The card update is not complete yet. You can safely repeat the request."
            raise AnswerPendingError(message) from error
        except WorkflowFailureError as error:
            raise _card_update_error(error) from error


@asynccontextmanager
async def _counting_card_update(
    context: Context, customer_id: str, card: NewCard, payment_id: str | None = None
) -> AsyncGenerator[None]:
    """Count the update before it is made, so that concurrent ones can't exceed the limits.

    One with a refused card counts, but not one that failed because of an outage, error or stop of
    ours. One that goes on after its request counts once, however often its customer requests its
    result.
    """
    database, settings = context.database, context.settings
    limits = Limits(
        settings.card_updates_per_day,
        settings.card_updates_per_day_and_customer,
        settings.card_charges_per_day_and_customer,
    )
    known, now = None, datetime.now(UTC)
    if payment_id is None:
        token = card.payment_method
        known = await database.read(card_updates.find_pending, customer_id, token, now)
    number = known or await database.write(card_updates.note, customer_id, payment_id, now, limits)
    try:
        yield
    except (ConflictError, InvalidRequestError):
        await database.write(card_updates.set_pending, number, None)
        raise
    except (Exception, asyncio.CancelledError) as error:
        may_go_on = isinstance(error, AnswerPendingError | asyncio.CancelledError)
        if may_go_on and payment_id is None:
            await database.write(card_updates.set_pending, number, card.payment_method)
        elif not known:
            await database.write(card_updates.take_back, number)
        raise
    if known:
        await database.write(card_updates.set_pending, number, None)


def check_open(payment: Payment) -> None:
    """Raises `ConflictError` for a payment that has ended."""
    if not payment.status.is_open:
        raise _ended(payment)


def _new_payment(context: Context, payment_id: str, body: NewPayment) -> Payment:
    now = datetime.now(UTC)
    return Payment(
        id=payment_id,
        reference=body.reference,
        customer_id=body.customer_id,
        amount=body.amount,
        currency=context.settings.currency,
        terms=context.terms.terms,
        requested_at=now,
        updated_at=now,
    )


async def start(temporal: Client, payment: Payment, terms: TermsSnapshot) -> bool:
    """Start the payment's workflow; False if it was started before."""
    try:
        async with starting_workflow_once(
            temporal, payment_workflow_id(payment.id), "payment", payment.id
        ):
            await temporal.start_workflow(
                PAYMENT_WORKFLOW,
                PaymentInput.of(payment, terms),
                id=payment_workflow_id(payment.id),
                task_queue=TaskQueue.PAYMENTS,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
                search_attributes=new_payment_attributes(
                    payment.customer_id, spares_history=terms.spares_history
                ),
                static_summary=f"Payment of customer {payment.customer_id}",
                static_details=format_amount(payment.amount, payment.currency),
                priority=Priority(fairness_key=payment.customer_id),
            )
    except WorkflowAlreadyStartedError:
        return False
    return True


async def _execute_card_update(
    context: Context, customer_id: str, card: NewCard
) -> CardUpdateResult:
    async with starting_workflow(context.temporal):
        workflow = await context.temporal.start_workflow(
            CARD_UPDATE_WORKFLOW,
            CardUpdateInput(
                customer_id=customer_id,
                payment_method=card.payment_method,
                backoff=context.terms.backoff,
                joinable=True,
            ),
            id=card_update_workflow_id(customer_id),
            task_queue=TaskQueue.PAYMENTS,
            # An update under way goes on, with this card if it has another one.
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            start_signal=CARD_GIVEN,
            start_signal_args=[CardDetailsUpdated(payment_method=card.payment_method)],
            result_type=CardUpdateResult,
            search_attributes=customer_attributes(customer_id),
            static_summary=f"New card of customer {customer_id}",
            priority=Priority(fairness_key=customer_id),
        )
    async with temporal_call(2 * CARD_UPDATE_TIMEOUT):
        result = await workflow.result()
    if result.payment_method not in {None, card.payment_method}:
        return await _result_of_kept_card(context, customer_id, card, result)
    if result.card is None:
        raise _unknown_card()
    return result


async def _result_of_kept_card(
    context: Context, customer_id: str, card: NewCard, result: CardUpdateResult
) -> CardUpdateResult:
    """Raises `ConflictError` unless this card stayed on file, because the newer one is none."""
    if result.kept != card.payment_method:
        raise ConflictError(REPLACED)
    customer = await context.database.read(customers.find, customer_id)
    return result.model_copy(update={"card": customer.card})


def _card_update_error(error: WorkflowFailureError) -> Exception:
    """What is to be said of an update that did not complete."""
    cause: BaseException | None = error.cause
    while cause is not None:
        if isinstance(cause, TerminatedError | CancelledError):
            return ConflictError(ENDED)
        if isinstance(cause, ApplicationError) and cause.type == CARD_UNKNOWN:
            return _unknown_card()
        cause = cause.cause if isinstance(cause, FailureError) else None
    return error


def _unknown_card() -> InvalidRequestError:
    message = "the card provider does not know this token"
    return InvalidRequestError.in_body("payment_method", message)


def _ended(payment: Payment) -> ConflictError:
    return ConflictError(f"The payment has ended; it is {payment.status}.")
