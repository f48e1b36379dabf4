"""What each event changes about a payment."""

from typing import get_args

import pytest
from pydantic import ValidationError

from domain.events import (
    AmountCredited,
    AmountWithdrawn,
    CreditCardCharged,
    CreditCardDetailsUpdated,
    CreditCardFailed,
    CreditCardRefunded,
    CustomerReminded,
    OrderFulfilled,
    PaymentCanceled,
    PaymentPartlyCovered,
    PaymentReceived,
    PaymentRequested,
)
from domain.payment import Payment, PaymentEvent, PaymentFailure
from domain.statuses import PaymentStatus
from tests.support.examples import NOON, later, payment

REQUESTED = PaymentRequested(at=NOON, customer_id="kermit", reference="order o-1", amount=2500)
FAILED = CreditCardFailed(at=later(hours=1), code="expired_card", message="It has expired.")
EXPIRED = PaymentFailure(code="expired_card", message="It has expired.")

EFFECTS: list[tuple[PaymentEvent, dict[str, object]]] = [
    (REQUESTED, {}),
    (AmountWithdrawn(at=NOON, amount=500), {"withdrawn": 500}),
    (PaymentPartlyCovered(at=NOON, rest=2000), {"status": PaymentStatus.PARTLY_COVERED}),
    (CreditCardCharged(at=NOON, amount=2500), {"charged": 2500}),
    (
        FAILED,
        {
            "status": PaymentStatus.AWAITING_CARD,
            "failure": EXPIRED,
            "waiting_since": later(hours=1),
        },
    ),
    (CreditCardDetailsUpdated(at=NOON), {"status": PaymentStatus.CHARGING}),
    (CustomerReminded(at=NOON, reminder=3), {"reminders_sent": 3}),
    (PaymentReceived(at=NOON), {"status": PaymentStatus.RECEIVED}),
    (PaymentCanceled(at=NOON), {"status": PaymentStatus.CANCELED}),
]


def after(start: Payment, *events: PaymentEvent) -> Payment:
    """The payment once all of this has happened."""
    for event in events:
        start = start.after(event)
    return start


@pytest.mark.parametrize(("event", "changes"), EFFECTS, ids=[event.name() for event, _ in EFFECTS])
def test_an_event_changes_this_and_nothing_else(
    event: PaymentEvent, changes: dict[str, object]
) -> None:
    expected = payment().model_copy(update={"updated_at": event.at} | changes)
    assert payment().after(event) == expected


def test_every_event_of_a_payment_is_tested() -> None:
    given_back = {AmountCredited, CreditCardRefunded}
    assert {type(event) for event, _ in EFFECTS} | given_back == set(get_args(PaymentEvent))


def test_an_event_of_something_else_is_refused() -> None:
    with pytest.raises(AssertionError, match="OrderFulfilled"):
        payment().after(OrderFulfilled(at=NOON))  # pyright: ignore[reportArgumentType]


def test_the_rest_is_what_neither_account_nor_card_paid() -> None:
    withdrawn = payment().after(AmountWithdrawn(at=NOON, amount=500))
    assert withdrawn.rest == 2000
    assert withdrawn.after(CreditCardCharged(at=NOON, amount=2000)).rest == 0


def test_a_charge_that_works_ends_the_failure() -> None:
    assert after(payment(), FAILED, CreditCardCharged(at=NOON, amount=2500)).failure is None


def test_a_second_failure_does_not_move_the_deadline() -> None:
    once = payment().after(FAILED)
    again = FAILED.model_copy(update={"at": later(days=5), "code": "card_declined"})
    twice = after(once, CreditCardDetailsUpdated(at=later(days=5)), again)
    assert twice.waiting_since == once.waiting_since
    assert twice.deadline == once.deadline == later(days=14, hours=1)
    assert twice.failure == PaymentFailure(code="card_declined", message=FAILED.message)


def test_a_payment_waits_while_it_is_open_and_no_longer() -> None:
    assert payment().deadline is None
    assert payment().next_reminder_at is None
    waiting = payment().after(FAILED)
    assert waiting.next_reminder_at == later(days=2, hours=1)
    reminded = waiting.after(CustomerReminded(at=later(days=2, hours=1), reminder=1))
    assert reminded.next_reminder_at == later(days=4, hours=1)
    charged = reminded.after(CreditCardDetailsUpdated(at=later(days=3)))
    assert charged.deadline == waiting.deadline
    assert charged.next_reminder_at == later(days=4, hours=1)
    for end in (PaymentReceived(at=later(days=3)), PaymentCanceled(at=later(days=14))):
        ended = charged.after(end)
        assert (ended.deadline, ended.next_reminder_at) == (None, None)


def test_the_last_reminder_is_followed_by_none() -> None:
    reminded = after(payment(), FAILED, CustomerReminded(at=later(days=12), reminder=6))
    assert reminded.next_reminder_at is None


def test_a_canceled_payment_gives_back_and_stays_canceled() -> None:
    withdrawn = AmountWithdrawn(at=NOON, amount=500)
    credited = AmountCredited(at=later(days=14), amount=500)
    canceled = after(payment(), withdrawn, FAILED, PaymentCanceled(at=later(days=14)), credited)
    assert canceled.status is PaymentStatus.CANCELED
    assert (canceled.withdrawn, canceled.charged, canceled.refunded) == (0, 0, 0)


@pytest.mark.parametrize("withdrawn", [0, 500, 2500])
def test_a_refund_is_over_when_everything_is_given_back(withdrawn: int) -> None:
    charged = 2500 - withdrawn
    events: list[PaymentEvent] = []
    if withdrawn:
        events.append(AmountWithdrawn(at=NOON, amount=withdrawn))
    if charged:
        events.append(CreditCardCharged(at=NOON, amount=charged))
    given_back = after(payment(), *events, PaymentReceived(at=NOON)).refunding()
    assert given_back.status is PaymentStatus.REFUNDING
    if charged:
        given_back = given_back.after(CreditCardRefunded(at=NOON, amount=charged))
        assert (given_back.charged, given_back.refunded) == (0, charged)
    if withdrawn:
        if charged:
            assert given_back.status is PaymentStatus.REFUNDING
        given_back = given_back.after(AmountCredited(at=NOON, amount=withdrawn))
    assert given_back.status is PaymentStatus.REFUNDED
    assert (given_back.withdrawn, given_back.charged, given_back.refunded) == (0, 0, 2500)


def test_a_part_that_is_given_back_says_nothing_of_the_rest() -> None:
    paid = after(
        payment(),
        AmountWithdrawn(at=NOON, amount=500),
        CreditCardCharged(at=NOON, amount=2000),
        PaymentReceived(at=NOON),
    )
    by_hand = paid.after(CreditCardRefunded(at=NOON, amount=2000, by_hand=True))
    assert (by_hand.status, by_hand.charged) == (PaymentStatus.RECEIVED, 0)
    assert (by_hand.withdrawn, by_hand.refunded) == (500, 2000)
    for event in (
        CreditCardRefunded(at=NOON, amount=2000),
        AmountCredited(at=NOON, amount=500),
    ):
        assert paid.after(event).status is PaymentStatus.RECEIVED
        assert paid.refunding().after(event).status is PaymentStatus.REFUNDING
    whole = by_hand.refunding().after(AmountCredited(at=NOON, amount=500))
    assert (whole.status, whole.refunded) == (PaymentStatus.REFUNDED, 2500)


def test_charging_and_refunding_change_the_status_alone() -> None:
    start = payment()
    charging, refunding = start.charging(), start.refunding()
    assert start.received() == start.model_copy(update={"status": PaymentStatus.RECEIVED})
    assert charging == start.model_copy(update={"status": PaymentStatus.CHARGING})
    assert refunding == start.model_copy(update={"status": PaymentStatus.REFUNDING})


@pytest.mark.parametrize(
    "event",
    [
        AmountCredited(at=NOON, amount=1),
        CreditCardRefunded(at=NOON, amount=1),
    ],
)
def test_what_is_not_held_cannot_be_given_back(event: PaymentEvent) -> None:
    with pytest.raises(ValidationError):
        payment().after(event)


def test_open_is_every_status_that_may_still_become_received_or_canceled() -> None:
    ended = {status for status in PaymentStatus if not status.is_open}
    assert ended == {
        PaymentStatus.RECEIVED,
        PaymentStatus.CANCELED,
        PaymentStatus.REFUNDING,
        PaymentStatus.REFUNDED,
    }
