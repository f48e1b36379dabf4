"""The workflows as the API knows them: by name, over Temporal."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TypeVar

from temporalio.api.errordetails.v1 import NamespaceNotFoundFailure
from temporalio.client import Client
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from api.dependency_health import TEMPORAL
from api.errors import DependencyAwayError, OutcomeUnknownError
from config import Settings
from domain.waiting_period import PaymentTerms
from workflows.messages import Backoff, TermsSnapshot

# By name, and not by class: the classes lead to the activities, and those to the card provider's
# SDK and everything else that only a worker needs.
ORDER_WORKFLOW = "OrderWorkflow"
PAYMENT_WORKFLOW = "PaymentWorkflow"
CARD_UPDATE_WORKFLOW = "CardUpdateWorkflow"
CANCEL_ORDER = "cancel_order"
CARD_DETAILS_UPDATED = "card_details_updated"

PATIENCE = timedelta(seconds=5)
"""How long one question to Temporal may take before Temporal counts as away."""

LOOKING_PATIENCE = timedelta(seconds=2)
"""How long a question may take whose answer can be done without."""

_AWAY = {
    RPCStatusCode.UNAVAILABLE,
    RPCStatusCode.DEADLINE_EXCEEDED,
    RPCStatusCode.CANCELLED,
    RPCStatusCode.RESOURCE_EXHAUSTED,
    # The connection broke in the middle of a call.
    RPCStatusCode.UNKNOWN,
    # The workflow can't take an update: whoever had its last task has died with it.
    RPCStatusCode.FAILED_PRECONDITION,
}

_UNANSWERED = _AWAY - {RPCStatusCode.RESOURCE_EXHAUSTED}

T = TypeVar("T")
log = logging.getLogger(__name__)


class WorkflowGoneError(Exception):
    """Temporal knows of no such workflow, or it has ended."""


@asynccontextmanager
async def asking_temporal(patience: timedelta = PATIENCE) -> AsyncGenerator[None]:
    """Around calls to Temporal: what it can't do now is a `DependencyAwayError`.

    Raises `WorkflowGoneError` where it has no such workflow. Other errors are faults of ours.
    """
    try:
        async with asyncio.timeout(patience.total_seconds()):
            yield
    except RPCError as error:
        if error.status in _AWAY or _is_namespace_missing(error):
            raise DependencyAwayError(TEMPORAL) from error
        if error.status is RPCStatusCode.NOT_FOUND:
            raise WorkflowGoneError from error
        raise
    except (TimeoutError, RuntimeError) as error:
        # RuntimeError is what the SDK raises when a lazy client can't connect.
        raise DependencyAwayError(TEMPORAL) from error


@asynccontextmanager
async def starting() -> AsyncGenerator[None]:
    """As `asking_temporal`, around the start of a workflow.

    What we start is well-formed. A server that does not find it so is not made ready yet: it takes
    some seconds to learn of a new search attribute.
    """
    async with asking_temporal():
        try:
            yield
        except RPCError as error:
            if error.status is not RPCStatusCode.INVALID_ARGUMENT:
                raise
            log.warning("Temporal is not ready: %s", error.message)
            raise DependencyAwayError(TEMPORAL) from error


@asynccontextmanager
async def starting_once(
    client: Client, workflow_id: str, kind: str, id: str
) -> AsyncGenerator[None]:
    """As `starting`, of a workflow that must not be started twice.

    Raises `WorkflowAlreadyStartedError` also where Temporal did not answer but has the workflow,
    and `OutcomeUnknownError`, of the thing with that `id`, where it may still come to have it.
    """
    try:
        async with starting():
            yield
    except DependencyAwayError as error:
        if not _may_be_done(error.__cause__):
            raise
        try:
            async with asking_temporal(LOOKING_PATIENCE):
                found = await client.get_workflow_handle(workflow_id).describe()
        except (DependencyAwayError, WorkflowGoneError):
            raise OutcomeUnknownError(kind, id) from error
        raise WorkflowAlreadyStartedError(workflow_id, found.workflow_type) from error


def _may_be_done(error: BaseException | None) -> bool:
    """Whether what was asked for may have been done, though the answer is this."""
    return isinstance(error, TimeoutError) or (
        isinstance(error, RPCError) and error.status in _UNANSWERED
    )


async def recall(client: Client, workflow_id: str, key: str, kind: type[T]) -> T:
    """What the workflow was given to remember under `key` when it was started.

    Raises `WorkflowGoneError` if there is no such workflow, or if it remembers nothing.
    """
    async with asking_temporal():
        workflow = await client.get_workflow_handle(workflow_id).describe()
        try:
            return await workflow.memo_value(key, type_hint=kind)
        except KeyError as error:
            raise WorkflowGoneError from error


def agreement(settings: Settings) -> TermsSnapshot:
    """What a process that begins now begins under."""
    return TermsSnapshot(
        terms=PaymentTerms(
            waiting_time=settings.payment_waiting_time,
            reminder_interval=settings.reminder_interval,
        ),
        backoff=backoff(settings),
        public_url=settings.public_url,
    )


def backoff(settings: Settings) -> Backoff:
    """How a process that begins now retries."""
    return Backoff(first=settings.retry_first, longest=settings.retry_longest)


def _is_namespace_missing(error: RPCError) -> bool:
    """Temporal has just started and was not made ready yet."""
    return any(
        detail.Is(NamespaceNotFoundFailure.DESCRIPTOR) for detail in error.grpc_status.details
    )
