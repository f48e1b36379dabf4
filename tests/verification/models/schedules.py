"""The race of card updates, deadline, charges and a cancellation, in every order, by seeds.

The real PaymentWorkflow and the real activities; only the server is played. What comes before
what, what is looked at together, and how late, is drawn from the seed.
"""

import tempfile
import traceback
from collections.abc import Generator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import SimpleQueue
from random import Random
from typing import Any, NamedTuple

from sqlalchemy import Connection
from temporalio.activity import _Definition
from temporalio.testing import ActivityEnvironment

from activities.charges import ChargeCardResult
from domain.customer import Card as CardShown
from domain.payment import Payment
from domain.waiting_period import PaymentTerms
from gateways.cards import ProviderUnavailableError
from storage import charges, customers, events, ledger, payments
from storage.database import Database
from storage.migrate import migrate
from tests.support.fakes import FakeCarrier
from tests.verification.models.machinery import (
    CONVERTER,
    Job,
    Wanted,
    WorkflowMachine,
    activity_done,
    canceled,
    signaled,
    started,
    timer_fired,
)
from tests.verification.models.payment_model import MINIMUM, Card, Reply
from tests.verification.models.provider import Provider
from worker import Contexts
from workflows.messages import (
    CardDetailsUpdated,
    PaymentInput,
    PaymentOutcome,
    PaymentResult,
    TermsSnapshot,
)
from workflows.names import TaskQueue, payment_workflow_id
from workflows.payment import PaymentWorkflow

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
NOTHING = timedelta(0)
A_BIT = timedelta(microseconds=1)
HOURS = timedelta(hours=30)

AMOUNT = 2500
TERMS = [
    PaymentTerms(),
    PaymentTerms(waiting_time=timedelta(days=5)),
    PaymentTerms(waiting_time=timedelta(days=1)),
    PaymentTerms(card_retry_days=(3, 7, 11)),
    PaymentTerms(waiting_time=timedelta(days=5), card_retry_days=(1, 2, 4, 5)),
]
UNDER_A_NEW_KEY = [Reply.OUTCOME, Reply.OUTCOME, Reply.OUTCOME, Reply.LOST, Reply.UNAVAILABLE]
REPLIES = [*UNDER_A_NEW_KEY, Reply.SPENT, Reply.REFUSED]
ENDS = {"PaymentReceived", "PaymentCanceled"}
SHOWN = CardShown(brand="visa", last4="4242", exp_month=12, exp_year=2030)

STEPS = {"CustomerReminded": "remind_customer", "CreditCardDetailsUpdated": "record_card_update"}
"""What is written down as often as the workflow decided it, and by which step."""

REFUSED = 0.2
"""How many workflow tasks are lost, or refused by the server, after they were carried out."""

LONGEST_PAUSE = timedelta(hours=6)
"""Before a refused charge is requested again."""

MOST_TURNS = 500
"""After which a payment that has not ended never will."""


class Counter:
    """Carries out the activities of any number of payments, in one database."""

    def __init__(self, database: Database) -> None:
        """All in `database`, and a card provider of its own."""
        self.database = database
        self.provider = Provider(lambda _payment_id: None)
        contexts = Contexts(database, self.provider, FakeCarrier(), NOTHING, retry_limits={})
        definitions = map(_Definition.must_from_callable, contexts.activities[TaskQueue.PAYMENTS])
        self._definitions = {str(definition.name): definition for definition in definitions}

    def input_of(self, wanted: Wanted) -> Any:
        """The activity's input."""
        types = self._definitions[wanted.name].arg_types
        [input] = CONVERTER.from_payloads(wanted.arguments, types)
        return input

    def carry_out(self, wanted: Wanted, now: datetime) -> object:
        """One attempt that begins now; raises what the activity raises."""
        environment, input = ActivityEnvironment(), self.input_of(wanted)
        environment.info = replace(
            environment.info,
            workflow_id=payment_workflow_id(_payment_of(input)),
            scheduled_time=_moment_of(input),
            started_time=now,
            is_local=wanted.is_local,
        )
        return environment.run(self._definitions[wanted.name].fn, input)


def _payment_of(input: Any) -> str:
    return input.id if isinstance(input, Payment) else input.payment_id


def _moment_of(input: Any) -> datetime:
    """The time on the workflow's clock when it requested the activity."""
    return input.requested_at if isinstance(input, Payment) else input.at


@contextmanager
def open_counter(folder: Path) -> Generator[Counter]:
    """With a database in the folder."""
    url = f"sqlite:///{folder}/counter.db"
    migrate(url)
    with closing(Database(url)) as database:
        yield Counter(database)


def race(seeds: Sequence[int]) -> str:
    """Plays the schedules of these seeds; what failed, if one did, and nothing if none."""
    with tempfile.TemporaryDirectory() as folder, open_counter(Path(folder)) as counter:
        for seed in seeds:
            try:
                Schedule(counter, seed).play()
            except Exception:  # noqa: BLE001  reported with its seed
                return traceback.format_exc()
    return ""


class Tried(NamedTuple):
    """The payment's last attempt, how many of them were retries, and if another card came since."""

    attempt: int = 0
    retries: int = 0
    is_updated: bool = True


class Schedule:
    """One payment, one seed."""

    def __init__(self, counter: Counter, seed: int) -> None:
        """The same seed plays the same schedule."""
        self._counter = counter
        self._seed = seed
        self._random = random = Random(seed)
        self._id = f"s{seed}"
        self._account = counter.provider.account(self._id)
        self._balance = random.choice([0, 0, 500, 500, AMOUNT - 1, AMOUNT, 2 * AMOUNT])
        self._own_card = random.choice([None, Card.BAD, Card.BAD, Card.GOOD, Card.POOR])
        self._is_saved = random.choice([True, True, False])
        self._terms = random.choice(TERMS)
        self._cards = [random.choice([*Card, Card.BAD]) for _ in range(random.randint(0, 4))]
        self._cancellations = random.choice([0, 0, 0, 1])
        self._now = BEGIN
        self._since: datetime | None = None
        self._newest_card: Card | None = None
        self._card_is_new = False
        self._asked_to_cancel = False
        self._is_parked = False
        self._tried = Tried()
        self._machine = WorkflowMachine(PaymentWorkflow, payment_workflow_id(self._id), BEGIN)
        self._paused: list[WorkflowMachine] = []

    def play(self) -> None:
        """Raises AssertionError if anything happens that must not; any error names the seed."""
        try:
            self._play()
        except Exception as error:
            error.add_note(f"Again: python -m tests.verification.models --schedule {self._seed}")
            raise

    def _play(self) -> None:
        self._open_account()
        self._machine.enqueue(started(self._request()))
        for _ in range(MOST_TURNS):
            self._listen()
            self._carry_out_task()
            if self._machine.result is not None:
                break
            self._move_the_clock()
        self._wake_the_paused(1)
        for machine in [self._machine, *self._paused]:
            machine.close()
        self._check_the_end()

    @property
    def _deadline(self) -> datetime | None:
        return self._since + self._terms.waiting_time if self._since else None

    def _request(self) -> PaymentInput:
        return PaymentInput(
            payment_id=self._id,
            reference="race",
            customer_id=self._id,
            amount=AMOUNT,
            currency="EUR",
            agreement=TermsSnapshot(terms=self._terms, spares_history=True),
        )

    def _open_account(self) -> None:
        with self._counter.database.write() as tx:
            customers.create(tx, self._id, "Kermit", f"{self._id}@example.com", "EUR")
            if self._balance:
                customers.credit(tx, self._id, self._balance, "before")
            if self._own_card:
                customers.set_card(tx, self._id, self._own_card, SHOWN, BEGIN)
            if self._own_card and self._is_saved:
                self._save_card(tx, self._own_card)

    def _save_card(self, tx: Connection, card: Card) -> None:
        """The card has paid for something before, which saved it at the card provider."""
        before, customer = f"{self._id}-before", f"cus_{self._id}"
        payments.request(
            tx, self._request().model_copy(update={"payment_id": before}).requested(BEGIN)
        )
        customers.keep_provider_customer(tx, self._id, customer)
        charge = charges.begin(tx, before, 1, card, BEGIN, provider_customer=customer)
        charges.settle(tx, charge.model_copy(update={"charge_id": f"pi_{before}"}))

    def _move_the_clock(self) -> None:
        """To moments that matter, and just before and after them; or not at all."""
        moments = list(self._machine.timers.values())
        if self._deadline:
            moments.append(self._deadline)
        aims = [moment + late for moment in moments for late in (-A_BIT, NOTHING, A_BIT, HOURS)]
        aims += [self._now, self._now + A_BIT, self._now + HOURS]
        self._now = self._random.choice([aim for aim in aims if aim >= self._now])

    def _listen(self) -> None:
        self._machine.enqueue(*self._from_outside(), *self._from_inside())

    def _from_outside(self) -> list[Job]:
        """Card updates and a cancellation, or nothing."""
        jobs: list[Job] = []
        while self._cards and self._random.random() < 0.3:
            card = self._newest_card = self._cards.pop()
            jobs.append(signaled("card_details_updated", CardDetailsUpdated(payment_method=card)))
        if self._cancellations and self._random.random() < 0.2:
            self._cancellations -= 1
            jobs.append(canceled())
        return jobs

    def _from_inside(self) -> list[Job]:
        """Timers that are over, unless the server is late, and results of activities."""
        timers = self._machine.timers.items()
        due = [seq for seq, moment in timers if moment <= self._now and self._random.random() < 0.8]
        jobs = [timer_fired(seq) for seq in due]
        for wanted in self._machine.activities.values():
            if self._random.random() < 0.6:
                jobs += self._attempt(wanted)
        self._random.shuffle(jobs)
        return jobs

    def _attempt(self, wanted: Wanted) -> list[Job]:
        """What comes back, if it does: an attempt may fail, or its result get lost."""
        self._account.replies = SimpleQueue()
        for replies in (REPLIES, UNDER_A_NEW_KEY):
            self._account.replies.put(self._random.choice(replies))
        try:
            result = self._counter.carry_out(wanted, self._now)
        except ProviderUnavailableError:
            return []
        except Exception as error:
            raise AssertionError(f"{wanted.name} would be tried for ever: {error}") from error
        if self._random.random() < 0.1:
            return []
        if isinstance(result, ChargeCardResult):
            self._is_parked = result.refused
            if result.waiting_since:
                assert self._since in {None, result.waiting_since}, "the wait began anew"
                self._since = result.waiting_since
        return [activity_done(wanted.seq, result)]

    def _carry_out_task(self) -> None:
        """Until it is accepted; else another worker has it, with what is known by then."""
        while self._machine.pending_jobs and self._random.random() < REFUSED:
            known = self._asked_to_cancel, self._card_is_new, self._tried
            self._decide()
            self._asked_to_cancel, self._card_is_new, self._tried = known
            self._paused.append(self._machine)
            self._machine = self._machine.again()
            self._move_the_clock()
            self._listen()
        if self._machine.pending_jobs:
            self._decide()
            self._machine.accept()
        self._wake_the_paused(0.2)

    def _decide(self) -> None:
        """And carry out local activities, all of them or not; their results are no history yet."""
        self._activate()
        while (wanted := self._machine.local_activity) and self._random.random() < 0.8:
            self._machine.enqueue(*self._attempt(wanted))
            if self._machine.pending_jobs:
                self._activate()

    def _wake_the_paused(self, likely: float) -> None:
        """Workers that do not know yet that nobody waits for them any more."""
        for machine in self._paused:
            while (wanted := machine.local_activity) and self._random.random() < likely:
                self._credit()
                machine.activate(self._now, *self._attempt(wanted))

    def _credit(self) -> None:
        """The account may hold more by now."""
        if self._random.random() < 0.5:
            with self._counter.database.write() as tx:
                customers.credit(tx, self._id, AMOUNT, f"{self._id}:{self._balance}")
            self._balance += AMOUNT

    def _activate(self) -> None:
        asked_before = self._asked_to_cancel
        for job in self._machine.pending_jobs:
            self._asked_to_cancel |= job.HasField("cancel_workflow")
            self._card_is_new |= job.HasField("signal_workflow")
        known = set(self._machine.activities)
        self._machine.activate(self._now)
        for seq in self._machine.activities.keys() - known:
            self._check_step(self._machine.activities[seq], asked_before=asked_before)
        self._check_wait()

    def _check_step(self, wanted: Wanted, *, asked_before: bool) -> None:
        """What the workflow does next is what it may do now."""
        if wanted.name == "charge_card":
            assert not asked_before, "charged after somebody canceled"
            charge = self._counter.input_of(wanted)
            self._card_is_new &= charge.payment_method != self._newest_card
            self._check_retry(charge.attempt)
        elif wanted.name == "record_card_update":
            self._tried = self._tried._replace(is_updated=True)
        elif wanted.name == "cancel_payment" and not self._asked_to_cancel:
            assert self._deadline, "canceled before it ever waited"
            assert self._now >= self._deadline, "canceled before the deadline"
            assert not self._card_is_new, "canceled though a card was there"

    def _check_retry(self, attempt: int) -> None:
        """The payment tries the same card again by itself on the agreed days only, once on each."""
        retries = self._tried.retries
        if attempt != self._tried.attempt and not self._tried.is_updated:
            assert self._since
            retries += 1
            days = (self._now - self._since).days
            due = [day for day in self._terms.card_retry_days if day <= days]
            assert retries <= len(due), "tried again too early, or too often"
            assert self._failure() == "insufficient_funds", "a card is tried again that won't pay"
            assert self._is_saved, "a card is tried again that needs its customer"
        self._tried = Tried(attempt, retries, is_updated=False)

    def _failure(self) -> str | None:
        with self._counter.database.read() as tx:
            failure = payments.find(tx, self._id).failure
        return failure and failure.decline_code

    def _check_wait(self) -> None:
        """Who only waits for time to pass has a reason to."""
        if self._machine.result is None and not self._machine.activities:
            limits = [self._deadline] if self._deadline else []
            if self._is_parked:
                limits.append(self._now + LONGEST_PAUSE)
            assert limits, "waits for nothing"
            assert self._now < min(limits), "waits though the deadline is over"
            assert max(self._machine.timers.values()) <= min(limits), "waits for too long"
            assert not self._card_is_new, "waits though a card was given"
            assert not self._asked_to_cancel, "waits though somebody canceled"
        assert len(self._machine.activities) <= 1, "two things at once"

    def _check_the_end(self) -> None:
        """One winner, and the money is where it says."""
        assert self._machine.result, "it never ended"
        assert not self._machine.activities, "it ended while something was under way"
        [result] = CONVERTER.from_payloads([self._machine.result], [PaymentResult])
        received = result.outcome is PaymentOutcome.RECEIVED
        with self._counter.database.read() as tx:
            payment = payments.find(tx, self._id)
            balance = customers.find(tx, self._id).balance
            happened = events.of_stream(tx, payment_workflow_id(self._id))
            assert ledger.total(tx) == 0, "the ledger does not sum to nothing"
        types = [event.type for event in happened]
        ends = ["PaymentReceived"] if received else ["PaymentCanceled"]
        assert [type for type in types if type in ENDS] == ends, "not one winner"
        assert payment.status == result.outcome, "the books say something else"
        for type, step in STEPS.items():
            assert types.count(type) == self._machine.steps.count(step), f"{type}: not as decided"
        held = payment.withdrawn + payment.charged
        assert held == (AMOUNT if received else 0), "the books hold something else"
        assert payment.charged == self._account.held, "the provider holds something else"
        assert self._balance - balance == payment.withdrawn, "the account lost something else"
        for event in happened:
            if event.type == "PaymentPartlyCovered":
                assert event.data["rest"] >= MINIMUM, "a card is left less than a card can pay"
            if event.type == "CustomerReminded":
                self._check_reminder(event.data["reminder"], event.at)

    def _check_reminder(self, number: int, at: datetime) -> None:
        assert self._since
        assert self._deadline
        due = self._since + number * self._terms.reminder_interval
        assert due <= at < self._deadline, f"reminder {number} at {at}, due at {due}"
