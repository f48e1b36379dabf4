"""The order and the payment service in a test's own process."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import select
from temporalio.api.workflow.v1 import PendingActivityInfo
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.converter import DataConverter
from temporalio.service import RPCError
from temporalio.testing import TimeSkipper

from config import Settings
from domain.customer import Card
from domain.errors import NotFoundError
from domain.order import SEQUENCES, OrderLine
from domain.payment import Payment
from domain.product import Product
from domain.statuses import (
    OrderPolicy,
    OrderStep,
    PaymentStatus,
    order_workflow_id,
    payment_workflow_id,
)
from domain.waiting_period import PaymentTerms
from storage import customers, events, inventory, payments, tables
from storage.database import Database
from storage.migrate import migrate
from tests.support.fakes import FakeCards, FakeCarrier
from worker import Contexts, worker_for
from workflows.messages import (
    Backoff,
    CardDetailsUpdated,
    OrderInput,
    OrderResult,
    PaymentInput,
    PaymentResult,
    TermsSnapshot,
)
from workflows.names import TaskQueue, new_order_attributes, refund_workflow_id
from workflows.order import OrderWorkflow
from workflows.payment import PaymentWorkflow
from workflows.refund import RefundWorkflow

TIMEOUT_SECONDS = 120.0

AGREEMENT = TermsSnapshot(
    backoff=Backoff(first=timedelta(milliseconds=50), longest=timedelta(milliseconds=200)),
    spares_history=True,
)

PaymentHandle = WorkflowHandle[PaymentWorkflow, PaymentResult]
OrderHandle = WorkflowHandle[OrderWorkflow, OrderResult]


@dataclass
class Harness:
    """Starts payments and orders, and looks at what became of them."""

    client: Client
    database: Database
    cards: FakeCards
    carrier: FakeCarrier
    search_lag: timedelta = timedelta(hours=1)
    agreement: TermsSnapshot = AGREEMENT
    started: list[WorkflowHandle[Any, Any]] = field(default_factory=list[WorkflowHandle[Any, Any]])

    def customer(self, payment_method: str | None, *, balance: int = 0) -> str:
        """A new customer's id."""
        id = f"customer-{uuid4().hex[:8]}"
        with self.database.write() as tx:
            customers.create(tx, id, "Kermit", f"{id}@example.com", "EUR")
            if balance:
                customers.credit(tx, id, balance, "gift")
        if payment_method:
            self.give_card(id, payment_method)
        return id

    def give_card(
        self, customer: str, payment_method: str, given_at: datetime | None = None
    ) -> None:
        """The customer's own card, without telling any payment."""
        card = Card(brand="visa", last4="4242", exp_month=12, exp_year=2030)
        with self.database.write() as tx:
            customers.set_card(tx, customer, payment_method, card, given_at or datetime.now(UTC))

    def balance(self, customer: str) -> int:
        """Cents on the account."""
        with self.database.read() as tx:
            return customers.find(tx, customer).balance

    async def request_payment(
        self, customer: str, amount: int = 2500, terms: PaymentTerms | None = None
    ) -> PaymentHandle:
        """Start a payment by itself."""
        id = uuid4().hex[:8]
        handle = await self.client.start_workflow(
            PaymentWorkflow.run,
            PaymentInput(
                payment_id=id,
                reference=f"invoice-{id}",
                customer_id=customer,
                amount=amount,
                currency="EUR",
                agreement=self.agreement.model_copy(update={"terms": terms or PaymentTerms()}),
            ),
            id=payment_workflow_id(id),
            task_queue=TaskQueue.PAYMENTS,
        )
        self.started.append(handle)
        return handle

    def payment_without_workflow(self, customer: str) -> None:
        """A payment that is written down as open, and whose workflow is gone."""
        now = datetime.now(UTC)
        gone = Payment(
            id=uuid4().hex,
            reference="gone",
            customer_id=customer,
            amount=100,
            currency="EUR",
            terms=PaymentTerms(),
            requested_at=now,
            updated_at=now,
        )
        with self.database.write() as tx:
            payments.request(tx, gone)

    async def place_order(
        self,
        customer: str,
        policy: OrderPolicy = OrderPolicy.CHARGE_FIRST,
        stock: int = 5,
        price: int = 2500,
        *,
        sequences: Mapping[OrderPolicy, tuple[OrderStep, ...]] = SEQUENCES,
    ) -> OrderHandle:
        """Start an order for one piece at `price` cents.

        `sequences` is the table of the release that places it; an empty one sends no steps.
        """
        id = uuid4().hex[:8]
        with self.database.write() as tx:
            product = Product(
                sku=f"lily-{id}", name="Pond lily", price=price, currency="EUR", stock=stock
            )
            inventory.put(tx, product)
        handle = await self.client.start_workflow(
            OrderWorkflow.run,
            OrderInput(
                order_id=id,
                placed_at=datetime.now(UTC),
                customer_id=customer,
                policy=policy,
                steps=sequences.get(policy),
                lines=(OrderLine(sku=product.sku, name=product.name, quantity=1, price=price),),
                currency="EUR",
                agreement=self.agreement,
            ),
            id=order_workflow_id(id),
            task_queue=TaskQueue.ORDERS,
            search_attributes=new_order_attributes(customer, policy),
        )
        self.started.append(handle)
        return handle

    def payment_of(self, order: OrderHandle) -> PaymentHandle:
        """The order's payment."""
        id = order.id.removeprefix("order/")
        handle = self.client.get_workflow_handle_for(PaymentWorkflow.run, payment_workflow_id(id))
        self.started.append(handle)
        return handle

    def refund_of(self, order: OrderHandle) -> WorkflowHandle[RefundWorkflow, None]:
        """The refund of everything that is held of the order's payment."""
        id = refund_workflow_id(order.id.removeprefix("order/"))
        handle = self.client.get_workflow_handle_for(RefundWorkflow.run, id)
        self.started.append(handle)
        return handle

    def see(self, handle: PaymentHandle) -> Payment:
        """The payment's row."""
        with self.database.read() as tx:
            return payments.find(tx, handle.id.removeprefix("payment/"))

    def events(self, handle: WorkflowHandle[Any, Any]) -> list[str]:
        """The types of the events, in order."""
        with self.database.read() as tx:
            return [event.type for event in events.of_stream(tx, handle.id)]

    def moments(self, handle: WorkflowHandle[Any, Any]) -> list[datetime]:
        """When the events happened, in their order."""
        with self.database.read() as tx:
            return [event.at for event in events.of_stream(tx, handle.id)]

    def mails(self, customer: str) -> list[str]:
        """The subjects of the customer's mails, in order."""
        mails = tables.mails
        subjects = select(mails.c.subject).where(mails.c.customer_id == customer)
        with self.database.read() as tx:
            return list(tx.execute(subjects.order_by(mails.c.queued_at)).scalars())

    async def update_card(self, payment: PaymentHandle, payment_method: str) -> None:
        """Signal another card."""
        update = CardDetailsUpdated(payment_method=payment_method)
        await payment.signal(PaymentWorkflow.card_details_updated, update)

    async def fast_forward(self, payment: PaymentHandle, days: float) -> None:
        """Move the payment's clock on; returns at once if it ends meanwhile."""
        skipper = TimeSkipper(self.client)
        await skipper.fast_forward(payment, timedelta(days=days))

    async def waiting(self, payment: PaymentHandle) -> Payment:
        """Return when the payment waits for a card."""
        await self.until(lambda: self._status(payment) is PaymentStatus.AWAITING_CARD)
        return self.see(payment)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Return when the condition holds."""
        async with asyncio.timeout(TIMEOUT_SECONDS):
            while not condition():  # noqa: ASYNC110  the condition is in the database
                await asyncio.sleep(0.01)

    async def idle(self, workflow: WorkflowHandle[Any, Any]) -> None:
        """Return when the workflow has done all that it was sent, and waits."""
        async with asyncio.timeout(TIMEOUT_SECONDS):
            while True:
                described = (await workflow.describe()).raw_description
                is_busy = described.HasField("pending_workflow_task")
                if not (is_busy or described.pending_activities):
                    return
                await asyncio.sleep(0.01)

    async def comes_to_wait_for(
        self, workflow: WorkflowHandle[Any, Any], activity: str, attempts: int = 1
    ) -> None:
        """Return when that activity of the workflow has failed so often."""
        async with asyncio.timeout(TIMEOUT_SECONDS):
            while True:
                found = await self._pending(workflow)
                if any(
                    one.activity_type.name == activity and one.attempt > attempts for one in found
                ):
                    return
                await asyncio.sleep(0.01)

    async def failures(self, workflow: WorkflowHandle[Any, Any]) -> list[str]:
        """Why the workflow's pending activities failed, as the Web UI shows it."""
        return [one.last_failure.message for one in await self._pending(workflow)]

    async def _pending(self, workflow: WorkflowHandle[Any, Any]) -> Sequence[PendingActivityInfo]:
        try:
            return (await workflow.describe()).raw_description.pending_activities
        except RPCError:
            return []  # it has not begun

    async def end_everything(self) -> None:
        """Terminate what a test left waiting, so that no worker of another test is bothered."""
        for handle in self.started:
            try:
                if (await handle.describe()).status is WorkflowExecutionStatus.RUNNING:
                    await handle.terminate("the test is over")
            except RPCError:
                continue

    def _status(self, payment: PaymentHandle) -> PaymentStatus | None:
        try:
            return self.see(payment).status
        except NotFoundError:
            return None


@asynccontextmanager
async def open_office(
    temporal_address: str,
    folder: Path,
    converter: DataConverter = pydantic_data_converter,
    queues: Iterable[TaskQueue] = TaskQueue,
    **given: Any,
) -> AsyncGenerator[Harness]:
    """A worker for each of the queues in this process, with these settings; a database in the
    folder.
    """
    url = f"sqlite:///{folder}/orders.db"
    migrate(url)
    settings = Settings(drain_seconds=0, **given)
    client = await Client.connect(
        # A name of its own: the default one, of process and machine, would be in the histories.
        temporal_address,
        data_converter=converter,
        identity="office",  # as the recorded histories have it
    )
    harness = Harness(client, Database(url), FakeCards(), FakeCarrier())
    contexts = Contexts(harness.database, harness.cards, harness.carrier, harness.search_lag)
    with ThreadPoolExecutor(20) as executor:
        async with AsyncExitStack() as workers:
            for queue in queues:
                worker = worker_for(client, queue, contexts, executor, settings)
                await workers.enter_async_context(worker)
            yield harness
            await harness.end_everything()
    harness.database.close()
