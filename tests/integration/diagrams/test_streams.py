"""What is written down is held against the diagrams: a stream that deviates is named."""

from pathlib import Path

import pytest

from domain.events import (
    AmountCredited,
    AmountWithdrawn,
    CreditCardCharged,
    CreditCardRefunded,
    GoodsFetched,
    GoodsShipped,
    OrderFulfilled,
    PaymentPartlyCovered,
    PaymentReceived,
)
from domain.order import OrderEvent
from domain.payment import PaymentEvent
from storage import orders, payments
from storage.migrate import migrate
from tests.integration.diagrams.streams import assert_drawn
from tests.support.databases import opened
from tests.support.examples import NOON, add_customer, order, payment

PAID = PaymentReceived(at=NOON)
FETCHED = GoodsFetched(at=NOON)
SHIPPED = GoodsShipped(at=NOON, shipment_id="s", tracking_number="t")
FULFILLED = OrderFulfilled(at=NOON)


@pytest.fixture
def url(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path}/orders.db"
    migrate(url)
    return url


def write(url: str, *happened: OrderEvent) -> None:
    """An order of these events after OrderPlaced, and a payment that was just requested."""
    with opened(url) as database, database.write() as tx:
        add_customer(tx, "kermit")
        orders.place(tx, order())
        payments.request(tx, payment())
        for event in happened:
            orders.record(tx, "o-1", event)


@pytest.mark.parametrize("count", range(5))
def test_a_course_as_drawn(url: str, count: int) -> None:
    write(url, *[PAID, FETCHED, SHIPPED, FULFILLED][:count])
    assert assert_drawn(url) == 2


def test_an_event_that_is_missing(url: str) -> None:
    write(url, PAID, SHIPPED)
    with pytest.raises(AssertionError, match="order/o-1: event 3, GoodsShipped, can't happen"):
        assert_drawn(url)


def test_an_order_that_is_over_too_early(url: str) -> None:
    write(url)
    with opened(url) as database, database.write() as tx:
        tx.exec_driver_sql("UPDATE orders SET status = 'fulfilled'")
    with pytest.raises(AssertionError, match="order/o-1: is over, but"):
        assert_drawn(url)


def refunded(url: str, *happened: tuple[int | str, PaymentEvent]) -> None:
    """A received payment, and the events of its refunds, each with its refund's number."""
    with opened(url) as database, database.write() as tx:
        add_customer(tx, "kermit")
        payments.request(tx, payment())
        payments.record(tx, payment().id, AmountWithdrawn(at=NOON, amount=500))
        payments.record(tx, payment().id, PaymentPartlyCovered(at=NOON, rest=2000))
        payments.record(tx, payment().id, CreditCardCharged(at=NOON, amount=2000))
        payments.record(tx, payment().id, PAID)
        for number, event in happened:
            payments.record(tx, payment().id, event, number=number)


CARD, ACCOUNT = CreditCardRefunded(at=NOON, amount=400), AmountCredited(at=NOON, amount=100)


def test_refunds_at_the_same_time_are_apart(url: str) -> None:
    dashboard = CreditCardRefunded(at=NOON, amount=300, by_hand=True)
    refunded(
        url,
        ("refund:a", ACCOUNT),
        ("refund:b", CARD),
        ("re_1", dashboard),
        ("refund:a", CARD),
        ("refund:b", ACCOUNT),
    )
    assert assert_drawn(url) == 1


def test_a_refund_in_the_dashboard_credits_no_account(url: str) -> None:
    dashboard = CreditCardRefunded(at=NOON, amount=300, by_hand=True)
    refunded(url, ("re_1", dashboard), ("re_1", ACCOUNT))
    with pytest.raises(AssertionError, match=r"refund/p-1/re_1: event 2, AmountCredited, can't"):
        assert_drawn(url)
