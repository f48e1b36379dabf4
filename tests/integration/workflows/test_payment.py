"""PaymentWorkflow in moments that are hard to hit from outside."""

import threading
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from google.protobuf.message import Message
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import WorkflowHandle
from temporalio.service import RPCError

from domain import mail_templates
from domain.mail_templates import MailContent
from domain.payment import Payment
from domain.statuses import PaymentStatus
from domain.waiting_period import PaymentTerms
from gateways.cards import (
    Charged,
    ChargeRequest,
    Declined,
    ProviderRejectedError,
    ProviderUnavailableError,
)
from storage import charges
from tests.integration.workflows.harness import TIMEOUT_SECONDS, Harness, PaymentHandle
from tests.support.fakes import DECLINED, good_or_bad_card
from workflows.messages import PaymentOutcome

OF_TASKS = {
    EventType.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED,
    EventType.EVENT_TYPE_WORKFLOW_TASK_STARTED,
    EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED,
    EventType.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT,
}
OF_CLOCK = {
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_OPTIONS_UPDATED,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TIME_SKIPPING_TRANSITIONED,
}
"""Events of a clock that is moved on."""


def events_by_decision(history: Iterable[HistoryEvent]) -> int:
    """How many events the workflow's own steps take: three for each task that decides something.

    A task that only a moved clock causes, that times out on a machine which stands still, or that
    prolongs a local activity there, decides nothing.
    """
    steps = [event for event in history if event.event_type not in OF_TASKS | OF_CLOCK]
    deciding = {
        getattr(attributes_of(step), "workflow_task_completed_event_id", 0)
        for step in steps
        if step.event_type != EventType.EVENT_TYPE_MARKER_RECORDED
    }
    return len(steps) + 3 * len(deciding - {0})


def attributes_of(event: HistoryEvent) -> Message:
    """What is particular to an event of its type."""
    name = event.WhichOneof("attributes")
    assert name is not None
    return getattr(event, name)


class Gate:
    """Holds up charges: what comes in waits until it is opened."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self._opened = threading.Event()

    def open(self) -> None:
        self._opened.set()

    def __call__(self, charge: ChargeRequest) -> Charged | Declined:
        self.reached.set()
        assert self._opened.wait(TIMEOUT_SECONDS)
        return good_or_bad_card(charge)


async def test_of_cards_given_while_one_is_charged_the_newest_is_charged_next(
    harness: Harness,
) -> None:
    customer = harness.customer("pm_bad")
    gate = harness.cards.answer = Gate()
    payment = await harness.request_payment(customer)
    await harness.until(gate.reached.is_set)
    await harness.update_card(payment, "pm_bad_too")
    await harness.update_card(payment, "pm_good")
    gate.open()

    assert (await payment.result()).outcome is PaymentOutcome.RECEIVED
    assert [charge.payment_method for charge in harness.cards.asked] == ["pm_bad", "pm_good"]


async def test_the_same_signal_twice_charges_once(harness: Harness) -> None:
    gate = harness.cards.answer = Gate()
    payment = await harness.request_payment(harness.customer(None))
    await harness.waiting(payment)

    for _ in range(2):
        await harness.update_card(payment, "pm_good")
    await harness.until(gate.reached.is_set)
    gate.open()

    assert (await payment.result()).outcome is PaymentOutcome.RECEIVED
    assert len(harness.cards.asked) == 1
    assert harness.events(payment).count("CreditCardCharged") == 1


async def test_canceled_while_waiting_gives_back_what_was_withdrawn(harness: Harness) -> None:
    customer = harness.customer("pm_bad", balance=500)
    payment = await harness.request_payment(customer)
    await harness.waiting(payment)
    assert harness.balance(customer) == 0

    await payment.cancel()

    assert (await payment.result()).outcome is PaymentOutcome.CANCELED
    assert harness.balance(customer) == 500
    assert harness.events(payment)[-2:] == ["PaymentCanceled", "AmountCredited"]


async def test_a_card_given_while_the_payment_is_being_canceled_is_too_late(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever ends the workflow is refused by Temporal when there is a new signal."""
    begun, go_on = threading.Event(), threading.Event()
    payment_canceled = mail_templates.payment_canceled

    def hold(payment: Payment, credited: int) -> MailContent:
        begun.set()
        assert go_on.wait(TIMEOUT_SECONDS)
        return payment_canceled(payment, credited)

    monkeypatch.setattr(mail_templates, "payment_canceled", hold)
    brief = PaymentTerms(waiting_time=timedelta(seconds=1))
    customer = harness.customer("pm_bad", balance=500)
    payment = await harness.request_payment(customer, terms=brief)
    await harness.until(begun.is_set)

    await harness.update_card(payment, "pm_good")
    go_on.set()

    assert (await payment.result()).outcome is PaymentOutcome.CANCELED
    assert [charge.payment_method for charge in harness.cards.asked] == ["pm_bad"]
    assert harness.events(payment)[-2:] == ["PaymentCanceled", "AmountCredited"]
    assert harness.balance(customer) == 500


async def test_canceled_in_a_charge_that_succeeds_is_received(harness: Harness) -> None:
    gate = harness.cards.answer = Gate()
    payment = await harness.request_payment(harness.customer("pm_good"))
    await harness.until(gate.reached.is_set)

    await payment.cancel()
    gate.open()

    assert (await payment.result()).outcome is PaymentOutcome.RECEIVED


async def test_canceled_in_a_charge_that_fails_is_canceled_without_a_wait(harness: Harness) -> None:
    gate = harness.cards.answer = Gate()
    payment = await harness.request_payment(harness.customer("pm_bad"))
    await harness.until(gate.reached.is_set)

    await payment.cancel()
    gate.open()

    assert (await payment.result()).outcome is PaymentOutcome.CANCELED
    assert harness.see(payment).reminders_sent == 0


async def test_two_weeks_of_waiting_take_few_history_events(harness: Harness) -> None:
    """To the wait 14, for each of six reminders 11, from the deadline to the end 13."""
    payment = await harness.request_payment(harness.customer("pm_bad", balance=500))
    await harness.waiting(payment)

    await harness.fast_forward(payment, 14)

    assert (await payment.result()).outcome is PaymentOutcome.CANCELED
    assert harness.see(payment).reminders_sent == 6
    history = (await payment.fetch_history()).events
    assert events_by_decision(history) <= 93


@pytest.mark.parametrize(
    ("card", "outcome"),
    [("pm_good", PaymentOutcome.RECEIVED), ("pm_bad", PaymentOutcome.CANCELED)],
)
async def test_a_charge_under_way_at_the_deadline_is_settled_first(
    harness: Harness, card: str, outcome: PaymentOutcome
) -> None:
    """And nobody is reminded of a deadline that is over.

    The card is there when the first one fails, so that only a machine that stands still for the
    six seconds until the reminder would be late with the charge.
    """
    brief = PaymentTerms(waiting_time=timedelta(seconds=7), reminder_interval=timedelta(seconds=6))
    first, gate = Gate(), Gate()
    harness.cards.answer = lambda charge: (first if charge.attempt == 1 else gate)(charge)
    payment = await harness.request_payment(harness.customer("pm_bad"), terms=brief)
    await harness.until(first.reached.is_set)
    await harness.update_card(payment, card)
    first.open()
    await harness.until(gate.reached.is_set)
    deadline = harness.see(payment).deadline
    assert deadline is not None

    await harness.until(lambda: datetime.now(UTC) > deadline)
    assert harness.see(payment).status is PaymentStatus.CHARGING
    gate.open()

    result = await payment.result()
    assert result.outcome is outcome
    assert result.at > deadline
    assert "CustomerReminded" not in harness.events(payment)


async def test_a_fault_of_the_provider_is_retried_with_the_same_key(harness: Harness) -> None:
    faults = iter([True, True, False])

    def flaky(charge: ChargeRequest) -> Charged | Declined:
        if next(faults):
            raise ProviderUnavailableError("the line is dead")
        return good_or_bad_card(charge)

    harness.cards.answer = flaky
    payment = await harness.request_payment(harness.customer("pm_good"))

    assert (await payment.result()).outcome is PaymentOutcome.RECEIVED
    assert len(harness.cards.asked) == 3
    assert {charge.key for charge in harness.cards.asked} == {
        f"payment:{harness.see(payment).id}:charge:1"
    }


async def test_a_decline_is_an_outcome_and_the_next_attempt_has_a_key_of_its_own(
    harness: Harness,
) -> None:
    payment = await harness.request_payment(harness.customer("pm_bad"))
    waiting = await harness.waiting(payment)
    assert waiting.failure is not None
    assert waiting.failure.code == DECLINED.code

    await harness.update_card(payment, "pm_good")

    await payment.result()
    assert len({charge.key for charge in harness.cards.asked}) == 2


def refuse(charge: ChargeRequest) -> Charged | Declined:
    """A card provider that does not understand the request."""
    raise ProviderRejectedError(f"no such thing as {charge.currency}")


async def refused(harness: Harness, *, customer: str) -> PaymentHandle:
    """A payment whose charge is parked."""
    harness.cards.answer = refuse
    payment = await harness.request_payment(customer)
    await harness.until(lambda: len(harness.cards.asked) > 1)
    return payment


async def test_a_refused_request_is_made_again_until_it_is_put_right(harness: Harness) -> None:
    payment = await refused(harness, customer=harness.customer("pm_good"))

    harness.cards.answer = good_or_bad_card

    assert (await payment.result()).outcome is PaymentOutcome.RECEIVED
    assert harness.events(payment) == ["PaymentRequested", "CreditCardCharged", "PaymentReceived"]


async def test_a_refused_charge_can_be_canceled(harness: Harness) -> None:
    customer = harness.customer("pm_good", balance=500)
    payment = await refused(harness, customer=customer)

    await payment.cancel()

    assert (await payment.result()).outcome is PaymentOutcome.CANCELED
    assert harness.balance(customer) == 500
    with harness.database.read() as tx:
        # Nothing looks as if it could still take money.
        assert charges.find(tx, harness.see(payment).id, 1) is None


async def test_another_card_is_requested_in_a_refused_charges_place(harness: Harness) -> None:
    payment = await refused(harness, customer=harness.customer("pm_refused"))

    def refuse_one(charge: ChargeRequest) -> Charged | Declined:
        refuses = charge.payment_method == "pm_refused"
        return refuse(charge) if refuses else good_or_bad_card(charge)

    harness.cards.answer = refuse_one
    await harness.update_card(payment, "pm_good")

    assert (await payment.result()).outcome is PaymentOutcome.RECEIVED
    assert {charge.attempt for charge in harness.cards.asked} == {1}


@pytest.mark.as_installed  # it waits as the tests above do, at length
async def test_the_deadline_ends_a_payment_whose_charge_is_refused(harness: Harness) -> None:
    payment = await harness.request_payment(harness.customer("pm_bad"))
    await harness.waiting(payment)
    harness.cards.answer = refuse
    await harness.update_card(payment, "pm_good")
    await harness.until(lambda: len(harness.cards.asked) > 2)
    assert harness.see(payment).status is PaymentStatus.CHARGING

    await harness.fast_forward(payment, 14)

    assert (await payment.result()).outcome is PaymentOutcome.CANCELED
    assert harness.events(payment)[-1] == "PaymentCanceled"


async def test_a_customers_card_that_changes_between_two_tries_does_not_change_the_charge(
    harness: Harness,
) -> None:
    """The same key with another card would be refused by the provider."""
    customer = harness.customer("pm_good")
    changed = threading.Event()

    def fail_once(charge: ChargeRequest) -> Charged | Declined:
        if not changed.is_set():
            changed.wait(TIMEOUT_SECONDS)
            raise ProviderUnavailableError("the line is dead")
        return good_or_bad_card(charge)

    harness.cards.answer = fail_once
    payment = await harness.request_payment(customer)
    await harness.until(lambda: len(harness.cards.asked) == 1)
    harness.give_card(customer, "pm_other")
    changed.set()

    await payment.result()
    assert {charge.payment_method for charge in harness.cards.asked} == {"pm_good"}


@pytest.mark.parametrize("payload", [17, {"payment_method": None}, {"unknown": "x"}])
async def test_a_poisoned_signal_changes_nothing(harness: Harness, payload: object) -> None:
    payment = await harness.request_payment(harness.customer("pm_bad"))
    await harness.waiting(payment)
    untyped: WorkflowHandle[object, object] = harness.client.get_workflow_handle(payment.id)

    await untyped.signal("card_details_updated", payload)
    await harness.update_card(payment, "pm_good")

    assert (await payment.result()).outcome is PaymentOutcome.RECEIVED
    assert [charge.payment_method for charge in harness.cards.asked] == ["pm_bad", "pm_good"]


async def test_a_payment_that_ended_takes_no_signal(harness: Harness) -> None:
    payment = await harness.request_payment(harness.customer("pm_good"))
    await payment.result()

    with pytest.raises(RPCError, match="already completed"):
        await harness.update_card(payment, "pm_other")

    assert harness.see(payment).status is PaymentStatus.RECEIVED


NO_FUNDS = Declined("card_declined", "No funds.", decline_code="insufficient_funds")


async def _declined_with_a_saved_card(
    harness: Harness, declined: Declined, *days: int
) -> PaymentHandle:
    """The card has paid before; now it is declined, and the payment waits."""
    customer = harness.customer("pm_good")
    await (await harness.request_payment(customer)).result()
    harness.cards.answer = lambda _: declined
    terms = PaymentTerms(card_retry_days=days)
    payment = await harness.request_payment(customer, terms=terms)
    await harness.waiting(payment)
    return payment


async def test_the_payment_tries_the_same_card_again_on_its_days(harness: Harness) -> None:
    payment = await _declined_with_a_saved_card(harness, NO_FUNDS, 3, 7)
    await harness.fast_forward(payment, 3.1)
    await harness.until(lambda: harness.events(payment).count("CreditCardFailed") == 2)
    harness.cards.answer = good_or_bad_card
    await harness.fast_forward(payment, 4)

    assert (await payment.result()).outcome is PaymentOutcome.RECEIVED
    assert harness.events(payment) == [
        *("PaymentRequested", "CreditCardFailed", "CustomerReminded", "CreditCardFailed"),
        *("CustomerReminded", "CustomerReminded", "CreditCardCharged", "PaymentReceived"),
    ]
    assert [charge.on_session for charge in harness.cards.asked[1:]] == [True, False, False]


@pytest.mark.parametrize(
    "declined",
    [DECLINED, Declined("card_declined", "Stolen.", decline_code="stolen_card")],
    ids=["without a reason", "hard"],
)
async def test_a_card_that_waiting_does_not_help_is_not_tried_again(
    harness: Harness, declined: Declined
) -> None:
    payment = await _declined_with_a_saved_card(harness, declined, 3)
    asked = len(harness.cards.asked)
    await harness.fast_forward(payment, 14)

    assert (await payment.result()).outcome is PaymentOutcome.CANCELED
    assert len(harness.cards.asked) == asked


async def test_a_card_that_is_not_saved_is_not_tried_again(harness: Harness) -> None:
    """It can't be charged without its customer."""
    harness.cards.answer = lambda _: NO_FUNDS
    terms = PaymentTerms(card_retry_days=(3,))
    payment = await harness.request_payment(harness.customer("pm_new"), terms=terms)
    await harness.waiting(payment)
    await harness.fast_forward(payment, 14)

    assert (await payment.result()).outcome is PaymentOutcome.CANCELED
    assert len(harness.cards.asked) == 1
