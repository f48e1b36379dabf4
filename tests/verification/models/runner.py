"""One program played twice: on the model, and with the real PaymentWorkflow."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import uuid4

import pytest
from temporalio.client import WorkflowHandle
from temporalio.service import RPCError

from domain.customer import Card as CardShown
from domain.errors import NotFoundError
from storage import customers, events, payments
from tests.verification.models.payment_model import Books, Card, Event, Reply, Request
from tests.verification.models.payment_worker import WorkerUnderTest
from tests.verification.models.programs import (
    Answer,
    Cancel,
    Credit,
    Program,
    Refund,
    Step,
    Update,
    Wait,
)
from workflows.messages import (
    Backoff,
    CardDetailsUpdated,
    PaymentInput,
    PaymentResult,
    RefundInput,
    TermsSnapshot,
)
from workflows.names import TaskQueue, payment_workflow_id, refund_workflow_id
from workflows.payment import PaymentWorkflow
from workflows.refund import RefundWorkflow

Result = TypeVar("Result")

AGREEMENT = TermsSnapshot(
    backoff=Backoff(first=timedelta(milliseconds=5), longest=timedelta(milliseconds=5))
)
STEP_SECONDS = 150.0
"""The most that one step may take: two weeks with six reminders take the server seven, and thirty
more for each activity that it loses under load."""

SHOWN = CardShown(brand="visa", last4="4242", exp_month=12, exp_year=2030)


async def play(
    worker_under_test: WorkerUnderTest, program: Program, timeout_seconds: float
) -> None:
    """Raises AssertionError at the first step after which payment and model differ.

    The payment has `timeout_seconds` for what the model does at once.
    """
    run = _Run(worker_under_test, program, f"p{next(worker_under_test.numbers)}", timeout_seconds)
    await run.play()


class _Run:
    def __init__(
        self, worker_under_test: WorkerUnderTest, program: Program, id: str, timeout_seconds: float
    ) -> None:
        self.worker_under_test = worker_under_test
        self.program = program
        self.id = id
        self.timeout_seconds = timeout_seconds
        self.customer = f"customer-{id}"
        self.model = program.model()
        self.account = worker_under_test.provider.account(id)
        worker_under_test.observer.twice[id] = program.twice

    async def play(self) -> None:
        self._open_account()
        self.payment = await self._request()
        try:
            await self._agree("the request")
            for number, step in enumerate(self.program.steps, 1):
                ended = self.model.outcome is not None
                step.happens(self.model)
                await self._in_time(self._take(step, ended=ended), f"step {number}, {step}")
                await self._agree(f"step {number}, {step}")
        finally:
            await self._stop()

    def _open_account(self) -> None:
        with self.worker_under_test.database.write() as tx:
            name, email = "Kermit", f"{self.customer}@example.com"
            customers.create(tx, self.customer, name, email, "EUR")
            if self.program.balance:
                customers.credit(tx, self.customer, self.program.balance, "before")
        if self.program.card:
            self._give_card(self.program.card)

    def _give_card(self, card: Card) -> None:
        with self.worker_under_test.database.write() as tx:
            customers.set_card(tx, self.customer, card, SHOWN, datetime.now(UTC))

    async def _request(self) -> WorkflowHandle[PaymentWorkflow, PaymentResult]:
        self.model.request(self.customer, self._input.reference)
        return await self.worker_under_test.client.start_workflow(
            PaymentWorkflow.run,
            self._input,
            id=payment_workflow_id(self.id),
            task_queue=TaskQueue.PAYMENTS,
        )

    @property
    def _input(self) -> PaymentInput:
        return PaymentInput(
            payment_id=self.id,
            reference=f"invoice-{self.id}",
            customer_id=self.customer,
            amount=self.program.amount,
            currency="EUR",
            agreement=AGREEMENT,
        )

    async def _take(self, step: Step, *, ended: bool) -> None:
        match step:
            case Answer():
                self.account.replies.put(step.reply)
            case Update():
                await self._update(step.card, ended=ended)
            case Cancel():
                await self.payment.cancel()
            case Wait():
                hours = timedelta(hours=step.hours)
                await self.worker_under_test.skipper.fast_forward(self.payment, hours)
            case Credit():
                with self.worker_under_test.database.write() as tx:
                    customers.credit(tx, self.customer, step.amount, uuid4().hex)
            case Refund():
                await self._refund(step)

    async def _update(self, card: Card, *, ended: bool) -> None:
        self._give_card(card)
        update = CardDetailsUpdated(payment_method=card)
        signal = self.payment.signal(PaymentWorkflow.card_details_updated, update)
        if ended:
            with pytest.raises(RPCError, match="already completed"):
                await signal
        else:
            await signal

    async def _refund(self, refund: Refund) -> None:
        self.account.refund_replies = list(refund.replies)
        received = await self.payment.result()
        input = RefundInput(payment=self._input, at=received.at)
        await self.worker_under_test.client.execute_workflow(
            RefundWorkflow.run, input, id=refund_workflow_id(self.id), task_queue=TaskQueue.PAYMENTS
        )

    async def _agree(self, after: str) -> None:
        """Payment and model, once the payment had time to do what the model did."""
        expected = self.model.books
        await self.worker_under_test.notifier.until(
            self.id, lambda: self._books() == expected, self.timeout_seconds
        )
        self._compare(after)
        if self.model.outcome:
            result = await self._in_time(self.payment.result(), f"the end by {after}")
            assert result.outcome == self.model.outcome, f"after {after}: {result.outcome}"
            self._compare(after)

    async def _in_time(self, doing: Coroutine[Any, Any, Result], what: str) -> Result:
        try:
            async with asyncio.timeout(STEP_SECONDS):
                return await doing
        except TimeoutError as error:
            raise AssertionError(f"{what} takes too long") from error

    def _compare(self, after: str) -> None:
        books, expected = self._books(), self.model.books
        if books != expected:
            raise AssertionError(f"after {after}:\n{_difference(expected, books)}")

    def _books(self) -> Books:
        """What there is to see of the real payment."""
        with self.worker_under_test.database.read() as tx:
            balance = customers.find(tx, self.customer).balance
            try:
                payment = payments.find(tx, self.id)
            except NotFoundError:
                return Books(balance)
            happened = events.of_stream(tx, payment_workflow_id(self.id))
        keys = list(dict.fromkeys(charge.key for charge in self.account.asked))
        return Books(
            balance=balance,
            status=payment.status,
            withdrawn=payment.withdrawn,
            charged=payment.charged,
            refunded=payment.refunded,
            failure=payment.failure.code if payment.failure else None,
            held_by_provider=self.account.held,
            requests=[
                Request(charge.payment_method, charge.amount, keys.index(charge.key) + 1)
                for charge in self.account.asked
            ],
            events=[
                Event((event.at - happened[0].at) // timedelta(hours=1), event.type, event.data)
                for event in happened
            ],
        )

    async def _stop(self) -> None:
        """A payment that differs from the model may not have ended; nobody waits for it."""
        with suppress(RPCError):
            await self.payment.terminate("the program is over")
        self.account.replies.put(Reply.UNAVAILABLE)


def _difference(expected: Books, books: Books) -> str:
    return "\n".join(
        f"  {field.name}: model {wanted!r}\n  {' ' * len(field.name)}  payment {found!r}"
        for field in fields(Books)
        if (wanted := getattr(expected, field.name)) != (found := getattr(books, field.name))
    )
