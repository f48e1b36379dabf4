"""One program played twice: on the model, and with the real PaymentWorkflow."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import uuid4

import pytest
from sqlalchemy import Connection
from temporalio.client import WorkflowHandle
from temporalio.service import RPCError

from domain.customer import Card as CardShown
from domain.errors import ConflictError, NotFoundError
from domain.statuses import RefundState
from domain.waiting_period import PaymentTerms
from storage import customers, events, payments, refund_states, refunds
from tests.verification.models.books import Books, Event, Request
from tests.verification.models.operator_runner import Operator
from tests.verification.models.operator_steps import (
    OperatorStep,
    PauseActivity,
    Reset,
    ResetRefund,
    Terminate,
    TerminateOfOrder,
    TerminateRefund,
)
from tests.verification.models.payment_model import MINIMUM, Card, Phase, Reply
from tests.verification.models.payment_worker import WorkerUnderTest
from tests.verification.models.programs import (
    Answer,
    Cancel,
    Credit,
    Fund,
    Program,
    Refund,
    RefundNews,
    SettleOutside,
    Step,
    Update,
    Wait,
)
from tests.verification.models.refund_model import UNDO, Fate
from verification.chaos.intervention_kinds import Point
from workflows.messages import (
    Backoff,
    CardDetailsUpdated,
    PaymentInput,
    PaymentResult,
    RefundInput,
    RefundPart,
    RefundSettled,
    TermsSnapshot,
)
from workflows.names import TaskQueue, payment_workflow_id, refund_workflow_id
from workflows.payment import PaymentWorkflow
from workflows.refund import RefundWorkflow

Result = TypeVar("Result")

BACKOFF = Backoff(first=timedelta(milliseconds=5), longest=timedelta(milliseconds=5))
STEP_SECONDS = 300.0
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
        self.refunds: dict[str, WorkflowHandle[RefundWorkflow, None]] = {}
        self.inputs: dict[str, RefundInput] = {}
        self.operator = Operator(worker_under_test.client, worker_under_test.skipper)
        worker_under_test.observer.twice[id] = program.twice

    async def play(self) -> None:
        self._open_account()
        if self.program.is_saved:
            await self._in_time(self._save_card(), "a payment before")
        with self.worker_under_test.database.write() as tx:
            if self.program.balance:
                customers.credit(tx, self.customer, self.program.balance, "before")
        self.payment = await self._request()
        try:
            await self._agree("the request")
            for number, step in enumerate(self.program.steps, 1):
                phase = self.model.phase
                step.happens(self.model)
                await self._in_time(self._take(step, phase), f"step {number}, {step}")
                await self._agree(f"step {number}, {step}")
        finally:
            await self._stop()

    def _open_account(self) -> None:
        with self.worker_under_test.database.write() as tx:
            name, email = "Kermit", f"{self.customer}@example.com"
            customers.create(tx, self.customer, name, email, "EUR")
        if self.program.card:
            self._give_card(self.program.card)

    async def _save_card(self) -> None:
        """Something else is paid with it, which saves it at the card provider."""
        id = f"{self.id}-before"
        self.worker_under_test.provider.account(id).always_pays = True
        before = self._input.model_copy(update={"payment_id": id, "amount": MINIMUM})
        paid = await self.worker_under_test.client.execute_workflow(
            PaymentWorkflow.run,
            before,
            id=payment_workflow_id(id),
            task_queue=TaskQueue.PAYMENTS,
        )
        assert paid.outcome == "received"

    def _give_card(self, card: Card) -> None:
        with self.worker_under_test.database.write() as tx:
            customers.set_card(tx, self.customer, card, SHOWN, datetime.now(UTC))

    async def _request(self) -> WorkflowHandle[PaymentWorkflow, PaymentResult]:
        self.model.request(self.customer, self._input.reference)
        client, id = self.worker_under_test.client, payment_workflow_id(self.id)
        await client.start_workflow(
            PaymentWorkflow.run, self._input, id=id, task_queue=TaskQueue.PAYMENTS
        )
        return client.get_workflow_handle_for(
            PaymentWorkflow.run, id
        )  # whichever run is its latest

    @property
    def _input(self) -> PaymentInput:
        return PaymentInput(
            payment_id=self.id,
            reference=f"invoice-{self.id}",
            customer_id=self.customer,
            amount=self.program.amount,
            currency="EUR",
            agreement=TermsSnapshot(
                terms=PaymentTerms(card_retry_days=self.program.retry_days),
                backoff=BACKOFF,
                spares_history=True,
            ),
        )

    async def _take(self, step: Step, phase: Phase) -> None:
        match step:
            case Answer():
                self.account.replies.put(step.reply)
            case Update():
                ended = phase in {Phase.RECEIVED, Phase.CANCELED}
                await self._update(step.card, ended=ended)
            case Cancel():
                await self.payment.cancel()
            case Fund():
                self.account.has_funds = True
            case Wait():
                await self._wait(timedelta(hours=step.hours))
            case Credit():
                with self.worker_under_test.database.write() as tx:
                    customers.credit(tx, self.customer, step.amount, uuid4().hex)
            case Refund() | RefundNews() | SettleOutside():
                await self._give_back(step)
            case _:
                await self._operate(step, phase)

    async def _operate(self, step: OperatorStep, phase: Phase) -> None:
        match step:
            case Reset() | Terminate():
                await self._reset(step, phase)
            case TerminateOfOrder():
                await self._undo(step.replies, phase)
            case PauseActivity():
                await self.operator.pause(self.payment, "charge_card")
                self.account.replies.put(Reply.UNAVAILABLE)
                await self.operator.unpause(self.payment, "charge_card")
            case ResetRefund():
                await self.operator.reset(self.refunds[step.reference], step.point)
            case TerminateRefund():
                await self._terminate_refund(step.reference)

    async def _reset(self, step: Reset | Terminate, phase: Phase) -> None:
        """An attempt under way belongs to the former run, whatever its request leads to."""
        waits_for = "charge_card" if phase is Phase.CHARGING else ""
        await self.operator.idle(self.payment, waits_for)
        replies = self.account.cut_off()
        by_force = isinstance(step, Terminate)
        await self.operator.reset(self.payment, step.point, by_force=by_force, waits_for=waits_for)
        replies.put(Reply.UNAVAILABLE)

    async def _undo(self, replies: tuple[Reply, ...], phase: Phase) -> None:
        """As an order does."""
        at = await self.worker_under_test.skipper.get_current_time(self.payment)
        self.account.fates[UNDO] = Fate.SUCCEEDS
        await self.payment.terminate("the program says so")
        self.account.cut_off().put(Reply.UNAVAILABLE)
        if phase is Phase.CHARGING:
            for reply in (*replies, Reply.OUTCOME):
                self.account.replies.put(reply)
        await self._start_refund(UNDO, RefundInput(payment=self._input, at=at))
        await self.refunds[UNDO].result()

    async def _terminate_refund(self, reference: str) -> None:
        """An order starts its refund again; an operator resets one that was requested."""
        refund = self.refunds[reference]
        if reference == UNDO:
            await refund.terminate("the program says so")
            await self._start_refund(UNDO, self.inputs[UNDO])
        else:
            await self.operator.reset(refund, Point.FIRST_TASK, by_force=True)

    async def _wait(self, time: timedelta) -> None:
        """A request that the model does not make, and that nobody answers, would stop the clock."""
        for reply in self.model.answers:
            self.account.replies.put(reply)
        notifier, requests = self.worker_under_test.notifier, len(self.model.books.requests)
        moving = asyncio.create_task(
            self.worker_under_test.skipper.fast_forward(self.payment, time)
        )
        moving.add_done_callback(lambda _: notifier.report(self.id))
        await notifier.until(
            self.id, lambda: moving.done() or len(self.account.asked) > requests, STEP_SECONDS
        )
        if not moving.cancel():
            await moving

    async def _give_back(self, step: Refund | RefundNews | SettleOutside) -> None:
        match step:
            case Refund():
                await self._refund(step)
            case RefundNews():
                await self._settle_refund(step)
            case SettleOutside():
                with self.worker_under_test.database.write() as tx:
                    now = datetime.now(UTC)
                    refund_states.settle_outside(tx, self.id, step.reference, "cash", now)

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
        """As the API does, which reserves a part before its workflow is started."""
        self.account.refund_replies = list(refund.replies)
        self.account.fates[refund.reference] = refund.fate
        input = RefundInput(payment=self._input, at=(await self.payment.result()).at)
        if refund.amount is not None:
            part = RefundPart(reference=refund.reference, amount=refund.amount)
            input = RefundInput(payment=self._input, at=datetime.now(UTC), part=part)
            try:
                with self.worker_under_test.database.write() as tx:
                    replaces = self._owed(tx, refund.reference, refund.amount)
                    refunds.begin_part(
                        tx, self.id, refund.reference, refund.amount, input.at, replaces
                    )
            except ConflictError:
                return
        await self._start_refund(refund.reference, input)
        workflow = self.refunds[refund.reference]
        if self.model.books.refunds.get(refund.reference) != RefundState.PENDING:
            await workflow.result()

    async def _start_refund(self, reference: str, input: RefundInput) -> None:
        client = self.worker_under_test.client
        id = refund_workflow_id(self.id, input.part.reference if input.part else None)
        await client.start_workflow(RefundWorkflow.run, input, id=id, task_queue=TaskQueue.PAYMENTS)
        self.inputs[reference] = input
        self.refunds[reference] = client.get_workflow_handle_for(RefundWorkflow.run, id)

    async def _settle_refund(self, news: RefundNews) -> None:
        """As a webhook does: it notifies the workflow that waits, or posts the news itself."""
        refund = self.account.decide(news.reference, succeeds=news.succeeds)
        with self.worker_under_test.database.write() as tx:
            known = refunds.get(tx, self.id, news.reference)
            if known.status is RefundState.SUCCEEDED:
                refund_states.settle(tx, known, RefundState(refund.status), datetime.now(UTC))
                return
        workflow = self.refunds[news.reference]
        settled = RefundSettled(reference=news.reference)
        await workflow.signal(RefundWorkflow.refund_settled, settled)
        await workflow.result()

    async def _agree(self, after: str) -> None:
        """Payment and model, once the payment had time to do what the model did."""
        expected = self.model.books
        await self.worker_under_test.notifier.until(
            self.id, lambda: self._books() == expected, self.timeout_seconds
        )
        self._compare(after)
        if self.model.outcome and not self.model.is_undone:
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
            given_back = refunds.of_payment(tx, self.id)
        keys = list(dict.fromkeys(charge.key for charge in self.account.asked))
        return Books(
            balance=balance,
            status=payment.status,
            withdrawn=payment.withdrawn,
            charged=payment.charged,
            refunded=payment.refunded,
            failure=payment.failure.code if payment.failure else None,
            held_by_provider=self.account.held,
            owed=sum(refund.to_card for refund in given_back if refund.is_owed),
            refunds={refund.reference: str(refund.status) for refund in given_back},
            requests=[
                Request(
                    charge.payment_method,
                    charge.amount,
                    keys.index(charge.key) + 1,
                    charge.on_session,
                )
                for charge in self.account.asked
            ],
            events=[
                Event((event.at - happened[0].at) // timedelta(hours=1), event.type, event.data)
                for event in happened
            ],
        )

    def _owed(self, tx: Connection, reference: str, amount: int) -> str | None:
        """The refund that one of this amount replaces; the same if it is requested again."""
        for one in refunds.of_payment(tx, self.id):
            is_owed = one.is_owed and one.to_card == amount and one.reference != reference
            if one.replaced_by == reference or is_owed:
                return one.reference
        return None

    async def _stop(self) -> None:
        """A payment that differs from the model may not have ended; nobody waits for it."""
        for workflow in [self.payment, *self.refunds.values()]:
            with suppress(RPCError):
                await workflow.terminate("the program is over")
        self.account.replies.put(Reply.UNAVAILABLE)


def _difference(expected: Books, books: Books) -> str:
    return "\n".join(
        f"  {field.name}: model {wanted!r}\n  {' ' * len(field.name)}  payment {found!r}"
        for field in fields(Books)
        if (wanted := getattr(expected, field.name)) != (found := getattr(books, field.name))
    )
