"""A mail is queued in the transaction of its event: neither is without the other."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from temporalio.testing import ActivityEnvironment

from activities.inputs import OrderStepInput, PaymentStepInput
from activities.payments import PaymentActivities, RemindCustomerInput
from activities.shipment import ShipmentActivities
from domain.events import CreditCardFailed
from storage import events, orders, outbox, payments
from storage.database import Database
from storage.migrate import migrate
from tests.support.examples import NOON, add_customer, add_product, order, payment
from tests.support.fakes import FakeCards, FakeCarrier


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """With an order, and with a payment that waits for a card."""
    url = f"sqlite:///{tmp_path}/orders.db"
    migrate(url)
    database = Database(url)
    failed = CreditCardFailed(at=NOON, code="card_declined", message="Declined.")
    with database.write() as tx:
        add_customer(tx)
        add_product(tx)
        orders.place(tx, order("o"))
        payments.request(tx, payment("p"))
        payments.record(tx, "p", failed, number=1)
    yield database
    database.close()


STEP = PaymentStepInput(at=NOON, payment_id="p")


def of_payments(database: Database) -> PaymentActivities:
    return PaymentActivities(database, FakeCards())


STEPS: dict[str, Callable[[Database], object]] = {
    "PaymentReceived": lambda database: of_payments(database).receive_payment(STEP),
    "PaymentCanceled": lambda database: of_payments(database).cancel_payment(STEP),
    "CustomerReminded": lambda database: of_payments(database).remind_customer(
        RemindCustomerInput(at=NOON, payment_id="p", reminder=1)
    ),
    "GoodsShipped": lambda database: ShipmentActivities(database, FakeCarrier()).ship_goods(
        OrderStepInput(at=NOON, order_id="o")
    ),
}


@pytest.mark.parametrize("event", STEPS)
def test_without_its_mail_there_is_no_event(
    database: Database, event: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ConnectionError

    before = waiting(database)

    with monkeypatch.context() as patch:
        patch.setattr(outbox, "queue", fail)
        with pytest.raises(ConnectionError):
            ActivityEnvironment().run(STEPS[event], database)
    assert event not in recorded(database)

    ActivityEnvironment().run(STEPS[event], database)

    assert event in recorded(database)
    assert waiting(database) == before + 1


def waiting(database: Database) -> int:
    """The mails that are to be sent: one, because the card failed, from the beginning."""
    with database.read() as tx:
        return outbox.backlog(tx).mails


def recorded(database: Database) -> set[str]:
    """The types of all events."""
    with database.read() as tx:
        streams = [events.of_stream(tx, stream) for stream in ("payment/p", "order/o")]
    return {event.type for stream in streams for event in stream}


def test_who_waits_for_no_card_any_more_is_not_reminded(database: Database) -> None:
    """A run that an operator has reset requests the reminder late."""
    ActivityEnvironment().run(STEPS["PaymentCanceled"], database)
    before = waiting(database)

    ActivityEnvironment().run(STEPS["CustomerReminded"], database)

    assert "CustomerReminded" not in recorded(database)
    assert waiting(database) == before
