"""The Temporal client: starting workflows, calling them by name, and translating its errors."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from temporalio.api.errordetails.v1 import NamespaceNotFoundFailure
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.client import Client
from temporalio.converter import WorkflowSerializationContext
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from api.dependency_health import TEMPORAL
from api.errors import DependencyUnavailableError, OutcomeUnknownError, TemporalRefusedError
from config import Settings
from domain.waiting_period import PaymentTerms
from temporal.register import uses_search_attributes
from workflows.messages import Backoff, TermsSnapshot
from workflows.names import AWAITING_CARD, CUSTOMER_ID, ORDER_STATUS, PAYMENT_STATUS

# By name, not by class: importing the classes would import the activities, and with them the card
# provider's SDK and everything else that only a worker needs.
ORDER_WORKFLOW = "OrderWorkflow"
PAYMENT_WORKFLOW = "PaymentWorkflow"
REFUND_WORKFLOW = "RefundWorkflow"
CARD_UPDATE_WORKFLOW = "CardUpdateWorkflow"
CANCEL_ORDER = "cancel_order"
CARD_DETAILS_UPDATED = "card_details_updated"
CARD_GIVEN = "card_given"

TIMEOUT = timedelta(seconds=5)
"""How long one call may take before Temporal counts as unavailable."""

_SEARCH_ATTRIBUTES = {
    key.name for key in (CUSTOMER_ID, ORDER_STATUS, PAYMENT_STATUS, AWAITING_CARD)
}

_UNMAPPED = "no mapping defined for search attribute"
"""What a server says that does not use the namespace's new search attributes yet."""

VISIBILITY_TIMEOUT = timedelta(seconds=1)
"""How long a question to visibility may take, which may be slow while workflows start."""

LOOKUP_TIMEOUT = timedelta(seconds=2)
"""How long a call may take whose result is optional."""

_UNCONFIRMED = {
    RPCStatusCode.UNAVAILABLE,
    RPCStatusCode.DEADLINE_EXCEEDED,
    RPCStatusCode.CANCELLED,
    RPCStatusCode.ABORTED,
    # The server failed, perhaps after it had done its work.
    RPCStatusCode.INTERNAL,
    # The connection broke in the middle of a call.
    RPCStatusCode.UNKNOWN,
    # The workflow can't accept an update: the worker with its last task has died.
    RPCStatusCode.FAILED_PRECONDITION,
}

_WITHOUT_EFFECT = {
    RPCStatusCode.RESOURCE_EXHAUSTED,
    # Our own certificate or API key is refused, until an operator puts it right.
    RPCStatusCode.UNAUTHENTICATED,
    RPCStatusCode.PERMISSION_DENIED,
}

T = TypeVar("T")
log = logging.getLogger(__name__)


class WorkflowNotFoundError(Exception):
    """The workflow does not exist, or it has ended."""


@asynccontextmanager
async def temporal_call(limit: timedelta = TIMEOUT) -> AsyncGenerator[None]:
    """Around calls to Temporal; raises `DependencyUnavailableError` if it can't serve them now.

    Raises `WorkflowNotFoundError` if there is no such workflow. Any other error is a bug.
    """
    try:
        async with asyncio.timeout(limit.total_seconds()):
            yield
    except RPCError as error:
        if error.status in _UNCONFIRMED | _WITHOUT_EFFECT or _is_namespace_missing(error):
            raise DependencyUnavailableError(TEMPORAL) from error
        if error.status is RPCStatusCode.NOT_FOUND:
            raise WorkflowNotFoundError from error
        raise
    except (TimeoutError, RuntimeError) as error:
        # The SDK raises RuntimeError when a lazy client can't connect.
        raise DependencyUnavailableError(TEMPORAL) from error


@asynccontextmanager
async def starting_workflow(client: Client) -> AsyncGenerator[None]:
    """As `temporal_call`, around the start of a workflow.

    Raises `TemporalRefusedError` if Temporal finds the request invalid, which it stays, unless the
    server is not ready: then search attributes are missing, or new.
    """
    async with temporal_call():
        try:
            yield
        except RPCError as error:
            if error.status is not RPCStatusCode.INVALID_ARGUMENT:
                raise
            log.warning("Temporal refused to start a workflow: %s", error.message)
            if _UNMAPPED in error.message or await missing_search_attributes(client):
                raise DependencyUnavailableError(TEMPORAL) from error
            raise TemporalRefusedError from error


async def missing_search_attributes(client: Client) -> set[str]:
    """The names of those that the namespace lacks, without which no workflow can start."""
    request = ListSearchAttributesRequest(namespace=client.namespace)
    listed = await client.operator_service.list_search_attributes(request)
    return _SEARCH_ATTRIBUTES - set(listed.custom_attributes)


async def search_attributes_are_new(client: Client) -> bool:
    """Whether the server does not use those of the namespace yet; False if it can't say in time."""
    try:
        async with asyncio.timeout(VISIBILITY_TIMEOUT.total_seconds()):
            return not await uses_search_attributes(client, _SEARCH_ATTRIBUTES)
    except (RPCError, TimeoutError):
        return False


@asynccontextmanager
async def starting_workflow_once(
    client: Client, workflow_id: str, kind: str, id: str
) -> AsyncGenerator[None]:
    """As `starting_workflow`, for a workflow that must not be started twice.

    Raises `WorkflowAlreadyStartedError` also if Temporal did not answer but has the workflow, and
    `OutcomeUnknownError`, with `kind` and `id`, if it may still start it.
    """
    try:
        async with starting_workflow(client):
            yield
    except DependencyUnavailableError as error:
        if not _may_have_started(error.__cause__):
            raise
        try:
            async with temporal_call(LOOKUP_TIMEOUT):
                found = await client.get_workflow_handle(workflow_id).describe()
        except (DependencyUnavailableError, WorkflowNotFoundError):
            raise OutcomeUnknownError(kind, id) from error
        raise WorkflowAlreadyStartedError(workflow_id, found.workflow_type) from error


def _may_have_started(error: BaseException | None) -> bool:
    """Whether the workflow may have been started although the call failed with `error`."""
    return isinstance(error, TimeoutError) or (
        isinstance(error, RPCError) and error.status in _UNCONFIRMED
    )


async def read_input(client: Client, workflow_id: str, kind: type[T]) -> tuple[T, datetime]:
    """The input that the workflow was started with, and when, from its history.

    Raises `WorkflowNotFoundError` if there is no such workflow, or if its input is none of ours:
    our workers refuse it, too.
    """
    async with temporal_call():
        history = client.get_workflow_handle(workflow_id).fetch_history_events(page_size=1)
        started = await anext(history)
    payloads = started.workflow_execution_started_event_attributes.input.payloads
    context = WorkflowSerializationContext(client.namespace, workflow_id)
    try:
        [value] = await client.data_converter.with_context(context).decode(payloads, [kind])
    except (KeyError, RuntimeError, ValueError) as error:
        log.warning("The input of %s can't be read: %s", workflow_id, error)
        raise WorkflowNotFoundError from error
    if not isinstance(value, kind):  # null has no type
        raise WorkflowNotFoundError
    return value, started.event_time.ToDatetime(UTC)


def terms_snapshot(settings: Settings) -> TermsSnapshot:
    """The terms of an order or payment that begins now; later settings do not change them."""
    return TermsSnapshot(
        terms=PaymentTerms(
            waiting_time=settings.payment_waiting_time,
            reminder_interval=settings.reminder_interval,
            card_retry_days=settings.card_retry_days,
        ),
        backoff=Backoff(first=settings.retry_first, longest=settings.retry_longest),
        public_url=settings.public_url,
        spares_history=True,
    )


def _is_namespace_missing(error: RPCError) -> bool:
    """Whether Temporal has just started and lacks its namespace."""
    return any(
        detail.Is(NamespaceNotFoundFailure.DESCRIPTOR) for detail in error.grpc_status.details
    )
