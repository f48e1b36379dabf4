"""How often the activities of one order ask the database, from its placing to its end."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event
from temporalio.testing import ActivityEnvironment

from activities.accounts import AccountActivities
from activities.charges import ChargeActivities, ChargeCardInput
from activities.inputs import OrderStepInput, PaymentStepInput
from activities.inventory import InventoryActivities
from activities.orders import OrderActivities
from activities.payments import PaymentActivities
from activities.shipment import ShipmentActivities
from domain.customer import Card
from domain.statuses import OrderStatus
from storage import customers, ledger, orders
from storage.database import Database
from tests.support.examples import EUR, NOON, add_customer, add_product, order, payment
from tests.support.fakes import FakeCards, FakeCarrier


@pytest.fixture
def shop(database: Database) -> Database:
    """Kermit's card is on file, Kermit is known to the card provider, and our accounts are open."""
    card = Card(brand="visa", last4="4242", exp_month=12, exp_year=2030)
    with database.write() as tx:
        add_customer(tx)
        add_product(tx)
        customers.set_card(tx, "kermit", "pm_good", card, NOON, fingerprint="card of kermit")
        customers.keep_provider_customer(tx, "kermit", "cus_kermit")
        for account in (ledger.CARDS, ledger.RECEIPTS):
            ledger.open_account(tx, account, EUR, overdraft=True)
    return database


def steps_of_an_order(database: Database) -> list[Callable[[], object]]:
    """The activities of an order that its customer's card pays, in their order."""
    placed, pays = OrderActivities(database), PaymentActivities(database, FakeCards())
    charges = ChargeActivities(database, FakeCards(), timedelta(hours=1))
    shipment = ShipmentActivities(database, FakeCarrier())
    of_order = OrderStepInput(at=NOON, order_id="o-1")
    of_payment = PaymentStepInput(at=NOON, payment_id="o-1")
    charge = ChargeCardInput(at=NOON, payment_id="o-1", attempt=1, payment_method=None)
    environment = ActivityEnvironment()
    environment.info = replace(environment.info, scheduled_time=NOON, started_time=NOON)
    return [
        lambda: placed.place_order(order("o-1")),
        lambda: pays.request_payment(payment("o-1")),
        lambda: AccountActivities(database).withdraw_amount(of_payment),
        lambda: environment.run(charges.charge_card, charge),
        lambda: pays.receive_payment(of_payment),
        lambda: placed.mark_payment_received(of_order),
        lambda: InventoryActivities(database).fetch_goods(of_order),
        lambda: shipment.ship_goods(of_order),
        lambda: placed.mark_order_fulfilled(of_order),
    ]


def test_an_order_takes_few_transactions_and_statements(shop: Database) -> None:
    asked = Counter[str]()

    def count_statement(*call: Any) -> None:
        # Not what begins a transaction, or takes a lock of no row.
        if any(word in call[2] for word in ("FROM ", "INSERT ", "UPDATE ")):
            asked["statements"] += 1

    for engine in shop.engines:
        event.listen(engine, "begin", lambda _: asked.update(["transactions"]))
        event.listen(engine, "before_cursor_execute", count_statement)
    for step in steps_of_an_order(shop):
        step()
    assert asked["transactions"] <= 13
    assert asked["statements"] <= 53
    with shop.read() as tx:
        assert orders.find(tx, "o-1").status is OrderStatus.FULFILLED
