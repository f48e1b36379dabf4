"""The audit's verdict on a harness, without the rules about the outside, which is fakes."""

import asyncio
from datetime import UTC, datetime

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DescribeWorkflowExecutionRequest
from temporalio.service import RPCError, RPCStatusCode

from domain.statuses import order_workflow_id, payment_workflow_id
from tests.integration.workflows.harness import TIMEOUT_SECONDS, Harness
from verification.audit.records import Execution
from verification.audit.rules import check
from verification.audit.snapshot import Books, Snapshot
from verification.audit.sources import database, temporal
from workflows.names import refund_workflow_id

OUTSIDE = (
    "the_provider_",
    "the_clearing_account_",
    "every_charge_in_the_books_exists_at_the_provider",
    "every_refund_in_the_books_is_one_at_the_provider",
    "a_payments_charges_match_its_events",
    "the_carrier_",
    "every_shipment_",
    "every_mail_is_delivered",
)
"""How the rules begin that compare with records of the provider, the carrier and the mailbox."""


async def assert_consistent(harness: Harness, *, but_for: frozenset[str] = frozenset()) -> None:
    """Fails with the findings that stay; those of the rules `but_for` must be there."""
    found: list[str] = []
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS / 4):
            while True:
                violations = check(await _snapshot(harness))
                lasting = [one for one in violations if not one.rule.startswith(OUTSIDE)]
                found = [str(one) for one in lasting]
                if {one.rule for one in lasting} == but_for:
                    return
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError("\n".join(["the audit found:", *found])) from None


async def _snapshot(harness: Harness) -> Snapshot:
    books = await asyncio.to_thread(database.read, str(harness.database.url))
    return Snapshot(
        at=datetime.now(UTC),
        books=books,
        executions=await _executions(harness, books),
        intents=(),
        refunds=(),
        disputes=(),
        consignments=(),
        messages=(),
        receipts=(),
    )


async def _executions(harness: Harness, books: Books) -> list[Execution]:
    """Of this database only: other tests use the server too."""
    ids = {handle.id for handle in harness.started}
    ids |= {order_workflow_id(order.id) for order in books.orders}
    for payment in books.payments:
        ids |= {payment_workflow_id(payment.id), refund_workflow_id(payment.id)}
    ids |= {refund.workflow for refund in books.refunds}
    described = [await _describe(harness, id) for id in ids]
    return [one for one in described if one is not None]


async def _describe(harness: Harness, id: str) -> Execution | None:
    request = DescribeWorkflowExecutionRequest(
        namespace=harness.client.namespace, execution=WorkflowExecution(workflow_id=id)
    )
    try:
        answer = await harness.client.workflow_service.describe_workflow_execution(request)
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return None
        raise
    return temporal.execution(answer)
