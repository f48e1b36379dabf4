"""`python -m deploy.restored`: continue after our database, or Temporal's, was restored.

Run it with the settings of the API before the workers start, and with `--again` while they run. It
prints a line for each workflow that it moves; `--again` is repeated until it prints none:

- Charges are looked up at the card provider from now on, before they are requested.
- What Temporal knows and our database does not gets its row back, from the workflow's input.
- What runs since before the restore is reset to its first task, and finds what is recorded.
- What Temporal has completed and our database does not know, or has open, is reset too.
- What is open in our database and unknown to Temporal is started again.

Nothing of this repeats an effect: each has its key.
"""

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import closing
from datetime import UTC, datetime

from sqlalchemy import Connection, select
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowExecution, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from api.infrastructure.temporal import (
    ORDER_WORKFLOW,
    PAYMENT_WORKFLOW,
    REFUND_WORKFLOW,
    WorkflowNotFoundError,
    read_input,
    terms_snapshot,
)
from api.services import orders, payments
from config import Settings, read_settings
from domain.order import Order
from domain.payment import Payment
from domain.statuses import WHOLE, OrderStatus, PaymentStatus, payment_workflow_id
from storage import orders as order_rows
from storage import payments as payment_rows
from storage import refunds, restores, tables
from storage.database import Database
from storage.migrate import require_schema
from storage.startup import exiting_with_a_line
from temporal import operator_actions
from temporal.client import check_settings, connect
from workflows.messages import OrderInput, PaymentInput, TermsSnapshot

TYPES = (PAYMENT_WORKFLOW, ORDER_WORKFLOW, REFUND_WORKFLOW)


async def begin_again(
    client: Client, database: Database, restored_at: datetime
) -> AsyncIterator[str]:
    """Reset what runs since before the restore, and what has completed without our knowing it.

    All rows are written first: an order that begins again undoes a payment only if there is one.
    """
    known = "ExecutionStatus IN ('Running', 'Completed')"
    for type in TYPES[:2]:
        async for found in client.list_workflows(f"WorkflowType = '{type}' AND {known}"):
            if await _write_missing_row(client, database, found):
                yield f"wrote the row of {found.id}"
    for type in TYPES:
        async for found in client.list_workflows(f"WorkflowType = '{type}' AND {known}"):
            is_running = found.status is WorkflowExecutionStatus.RUNNING
            is_older = is_running and found.start_time < restored_at
            with database.read() as tx:
                differs = _differs(tx, found, is_older=is_older)
                open_payment = _open_payment(tx, found)
            if open_payment and await _is_running(client, payment_workflow_id(open_payment.id)):
                # The refund would cancel it.
                yield f"{found.id} has to wait, its payment is {open_payment.status}"
            elif differs and await _reset(client, found):
                yield f"reset {found.id}, {differs}"


async def start_unknown(
    client: Client, settings: Settings, database: Database
) -> AsyncIterator[str]:
    """Start the workflows of what is open; Temporal refuses to start those that it knows.

    An order's payment is started by its order.
    """
    ours = terms_snapshot(settings)
    with database.read() as tx:
        unfinished = _open_orders(tx)
        due = {payment.id: payment for payment in _open_payments(tx)}
    for order in unfinished:
        if await orders.start(client, order, _terms(ours, due.get(order.id))):
            yield f"started order {order.id}, {order.status}"
    for payment in due.values():
        is_of_an_order = payment.reference == payment.id
        if not is_of_an_order and await payments.start(client, payment, _terms(ours, payment)):
            yield f"started payment {payment.id}, {payment.status}"


async def _write_missing_row(client: Client, database: Database, found: WorkflowExecution) -> bool:
    """As the workflow's first step did; False if there is one, or the input is none of ours."""
    id = found.id.partition("/")[2]
    is_order = found.workflow_type == ORDER_WORKFLOW
    table = tables.orders if is_order else tables.payments
    with database.read() as tx:
        if tx.execute(select(table.c.id).where(table.c.id == id)).first():
            return False
    try:
        if is_order:
            order, _ = await read_input(client, found.id, OrderInput)
            with database.write() as tx:
                order_rows.place(tx, order.placed())
        else:
            payment, requested_at = await read_input(client, found.id, PaymentInput)
            with database.write() as tx:
                payment_rows.request(tx, payment.requested(requested_at))
    except WorkflowNotFoundError:
        return False
    return True


def _differs(tx: Connection, found: WorkflowExecution, *, is_older: bool) -> str | None:
    """What is recorded of a workflow that has to begin again; None if it has not.

    `is_older` if it runs since before the restore.
    """
    kind, id, *part = found.id.split("/", 2)
    if kind == "refund":
        return _refund_differs(tx, id, part[0] if part else WHOLE, is_older=is_older)
    table = tables.orders if kind == "order" else tables.payments
    status = tx.execute(select(table.c.status).where(table.c.id == id)).scalar_one_or_none()
    if status is None:
        return None
    is_over = OrderStatus(status).is_final if kind == "order" else not PaymentStatus(status).is_open
    has_ended = found.status is WorkflowExecutionStatus.COMPLETED
    return status if is_older or (has_ended and not is_over) else None


def _refund_differs(
    tx: Connection, payment_id: str, reference: str, *, is_older: bool
) -> str | None:
    payment = payment_rows.find_many(tx, [payment_id]).get(payment_id)
    if payment is None:
        return None
    refund = refunds.find(tx, payment_id, reference)
    if refund is None:
        is_due = payment.status.is_open or sum(refunds.unreserved(tx, payment))
        return "which has no row" if is_due else None
    return refund.status if is_older or refund.is_under_way else None


def _open_payment(tx: Connection, found: WorkflowExecution) -> Payment | None:
    """That of a refund, if it is open: its workflow was ended by force, or begins again."""
    kind, id, *_ = found.id.split("/", 2)
    payment = payment_rows.find_many(tx, [id]).get(id) if kind == "refund" else None
    return payment if payment and payment.status.is_open else None


async def _is_running(client: Client, id: str) -> bool:
    try:
        latest = await client.get_workflow_handle(id).describe()
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        return False
    return latest.status is WorkflowExecutionStatus.RUNNING


async def _reset(client: Client, found: WorkflowExecution) -> bool:
    """To the end of its first task; what it was sent since then is sent again.

    False if it has begun again already, or not begun yet.
    """
    if (await client.get_workflow_handle(found.id).describe()).run_id != found.run_id:
        return False
    history = client.get_workflow_handle(found.id, run_id=found.run_id).fetch_history_events()
    kind = EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED
    first = await anext((event async for event in history if event.event_type == kind), None)
    if first is None:
        return False
    run_id, reason = found.run_id or "", "A backup was restored."
    await operator_actions.reset(client, found.id, run_id, first.event_id, reason)
    return True


def _open_orders(tx: Connection) -> Sequence[Order]:
    ended = [status for status in OrderStatus if status.is_final]
    rows = tx.execute(select(tables.orders).where(tables.orders.c.status.not_in(ended)))
    return [Order.model_validate(row) for row in rows.mappings()]


def _open_payments(tx: Connection) -> Sequence[Payment]:
    is_open = tables.payments.c.status.in_([one for one in PaymentStatus if one.is_open])
    rows = tx.execute(select(tables.payments).where(is_open)).mappings()
    return [Payment.model_validate(row) for row in rows]


def _terms(ours: TermsSnapshot, payment: Payment | None) -> TermsSnapshot:
    """A payment keeps the terms that it began under."""
    return ours.model_copy(update={"terms": payment.terms}) if payment else ours


async def main(settings: Settings, *, again: bool) -> None:
    """Record the restore, unless that was done before, and move what stands still."""
    url = settings.database_url
    with exiting_with_a_line(url):
        require_schema(url)
        with closing(Database(url)) as database:
            with database.write() as tx:
                latest = restores.find_latest(tx) if again else None
                restored_at = latest or datetime.now(UTC)
                restores.record(tx, restored_at)
            client = await connect(settings.payload_keys, settings.payloads_accepted)
            for lines in (
                begin_again(client, database, restored_at),
                start_unknown(client, settings, database),
            ):
                async for line in lines:
                    sys.stdout.write(f"{line}\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m deploy.restored")
    parser.add_argument(
        "--again", action="store_true", help="after the same restore, what is left to be moved"
    )
    return parser


if __name__ == "__main__":
    given = _parser().parse_args()
    check_settings()
    asyncio.run(main(read_settings(), again=given.again))
