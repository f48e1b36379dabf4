"""`python -m deploy.restored`: continue after our database, or Temporal's, was restored.

Run it with the settings of the API, while workers run, and before the API starts again. It prints a
line for each order and payment that it moves, and is safe to repeat, until it prints none:

- Charges are looked up at the card provider from now on, before they are requested.
- What is open in our database and unknown to Temporal is started again.
- What Temporal has completed and our database does not know, or has open, is reset to its first
  task, and recorded again.
- What is paid in our database, and waits for a card in Temporal, is charged again with the same
  card: the charge is known, and its workflow goes on.

Nothing of this repeats an effect: each has its key.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import closing
from datetime import UTC, datetime

from sqlalchemy import Connection, Table, select
from temporalio.client import Client

from api.infrastructure.temporal import (
    CARD_DETAILS_UPDATED,
    ORDER_WORKFLOW,
    PAYMENT_WORKFLOW,
    terms_snapshot,
)
from api.services import orders, payments
from config import Settings, read_settings
from domain.order import Order
from domain.payment import Payment
from domain.statuses import OrderStatus, PaymentStatus
from storage import charges, restores, tables
from storage.database import Database
from storage.migrate import require_schema
from storage.startup import exiting_with_a_line
from temporal import operator_actions
from temporal.client import check_settings, connect
from workflows.messages import CardDetailsUpdated, TermsSnapshot


async def start_unknown(
    client: Client, settings: Settings, database: Database
) -> AsyncIterator[str]:
    """Start the workflows of what is open; Temporal refuses to start those that it knows.

    An order's payment is started by its order. An order that was being canceled is not started: it
    would go on instead.
    """
    ours = terms_snapshot(settings)
    with database.read() as tx:
        unfinished = _open_orders(tx)
        due = {payment.id: payment for payment in _open_payments(tx)}
    for order in unfinished:
        terms = _terms(ours, due.get(order.id))
        if order.status is not OrderStatus.CANCELING and await orders.start(client, order, terms):
            yield f"started order {order.id}, {order.status}"
    for payment in due.values():
        is_of_an_order = payment.reference == payment.id
        if not is_of_an_order and await payments.start(client, payment, _terms(ours, payment)):
            yield f"started payment {payment.id}, {payment.status}"


async def reset_forgotten(client: Client, database: Database) -> AsyncIterator[str]:
    """Reset what Temporal has completed, and our database does not know, or has open.

    Payments first: their orders, which join them, then wait for what is recorded again.
    """
    for type in (PAYMENT_WORKFLOW, ORDER_WORKFLOW):
        completed = f"WorkflowType = '{type}' AND ExecutionStatus = 'Completed'"
        async for found in client.list_workflows(completed):
            kind, _, id = found.id.partition("/")
            with database.read() as tx:
                status = _status(tx, tables.orders if kind == "order" else tables.payments, id)
            if status is None or not _is_over(kind, status):
                await _reset(client, found.id, found.run_id)
                yield f"reset {found.id}, {status or 'which has no row'}"


async def charge_again(client: Client, database: Database) -> AsyncIterator[str]:
    """Notify the payments that are paid and still wait of the card that paid them."""
    waiting = f"WorkflowType = '{PAYMENT_WORKFLOW}' AND ExecutionStatus = 'Running'"
    async for found in client.list_workflows(waiting):
        id = found.id.partition("/")[2]
        with database.read() as tx:
            status, paid = _status(tx, tables.payments, id), charges.find_paid(tx, id)
        if status is None or PaymentStatus(status).is_open or not (paid and paid.payment_method):
            continue
        card = CardDetailsUpdated(payment_method=paid.payment_method)
        await client.get_workflow_handle(found.id).signal(CARD_DETAILS_UPDATED, card)
        yield f"{found.id} is {status}, and was notified of its card again"


async def _reset(client: Client, workflow_id: str, run_id: str) -> None:
    """To the end of its first task; what it was sent since then is sent again."""
    history = await client.get_workflow_handle(workflow_id, run_id=run_id).fetch_history()
    first = operator_actions.reset_points(history.events)[0]
    reason = "A backup was restored."
    await operator_actions.reset(client, workflow_id, run_id, first, reason)


def _open_orders(tx: Connection) -> Sequence[Order]:
    ended = [status for status in OrderStatus if status.is_final]
    rows = tx.execute(select(tables.orders).where(tables.orders.c.status.not_in(ended)))
    return [Order.model_validate(row) for row in rows.mappings()]


def _open_payments(tx: Connection) -> Sequence[Payment]:
    is_open = tables.payments.c.status.in_([one for one in PaymentStatus if one.is_open])
    rows = tx.execute(select(tables.payments).where(is_open)).mappings()
    return [Payment.model_validate(row) for row in rows]


def _status(tx: Connection, table: Table, id: str) -> str | None:
    return tx.execute(select(table.c.status).where(table.c.id == id)).scalar_one_or_none()


def _is_over(kind: str, status: str) -> bool:
    return OrderStatus(status).is_final if kind == "order" else not PaymentStatus(status).is_open


def _terms(ours: TermsSnapshot, payment: Payment | None) -> TermsSnapshot:
    """A payment keeps the terms that it began under."""
    return ours.model_copy(update={"terms": payment.terms}) if payment else ours


async def main(settings: Settings) -> None:
    """Record the restore, and move what stands still."""
    url = settings.database_url
    with exiting_with_a_line(url):
        require_schema(url)
        with closing(Database(url)) as database:
            with database.write() as tx:
                restores.record(tx, datetime.now(UTC))
            client = await connect(settings.payload_keys, settings.payloads_accepted)
            for lines in (
                reset_forgotten(client, database),
                start_unknown(client, settings, database),
                charge_again(client, database),
            ):
                async for line in lines:
                    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    check_settings()
    asyncio.run(main(read_settings()))
