"""Events: the talk's names, and data that is JSON."""

import json

import pytest
from pydantic import ValidationError

from domain.events import CreditCardFailed, DomainEvent, OrderNotFulfilled, OrderPlaced
from domain.statuses import CancellationReason, OrderPolicy
from tests.support.examples import NOON

THE_TALKS = {
    "OrderPlaced",
    "GoodsFetched",
    "GoodsUnavailable",
    "GoodsShipped",
    "OrderFulfilled",
    "ShipmentRecalled",
    "GoodsReturned",
    "OrderNotFulfilled",
    "PaymentRequested",
    "AmountWithdrawn",
    "PaymentPartlyCovered",
    "CreditCardCharged",
    "CreditCardFailed",
    "CreditCardDetailsUpdated",
    "CustomerReminded",
    "PaymentReceived",
    "PaymentCanceled",
    "AmountCredited",
    "CreditCardRefunded",
}


def test_the_events_are_the_talks_and_no_others() -> None:
    assert {event.name() for event in DomainEvent.__subclasses__()} == THE_TALKS


def test_data_is_json_and_says_everything_but_the_moment() -> None:
    placed = OrderPlaced(at=NOON, customer_id="kermit", policy=OrderPolicy.CHARGE_LATER, total=2500)
    assert json.loads(json.dumps(placed.data())) == {
        "customer_id": "kermit",
        "policy": "charge_later",
        "total": 2500,
    }
    assert type(placed.data()["policy"]) is str
    ended = OrderNotFulfilled(at=NOON, reason=CancellationReason.CANCELED_BY_CUSTOMER)
    assert ended.data() == {"reason": "canceled_by_customer"}


def test_an_event_never_changes() -> None:
    event = CreditCardFailed(at=NOON, code="no_card", message="")
    with pytest.raises(ValidationError):
        event.code = "card_declined"  # pyright: ignore[reportAttributeAccessIssue]
