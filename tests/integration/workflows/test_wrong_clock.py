"""A worker whose clock is two weeks off, by libfaketime: it decides nothing by that clock."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from dev.temporal_server.server import TemporalServer
from storage import charges, payments, tables
from storage.charges import Charge
from storage.database import Database
from storage.migrate import migrate
from tests.integration.workflows.harness import AGREEMENT, PaymentHandle
from tests.support.databases import opened
from tests.support.examples import add_customer
from tests.support.processes import Running, eventually, running
from tests.support.simulators import Simulator, cards
from workflows.messages import CardDetailsUpdated, PaymentInput, PaymentOutcome
from workflows.names import TaskQueue, payment_workflow_id
from workflows.payment import PaymentWorkflow

LIBRARY = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)

pytestmark = [
    pytest.mark.proof,
    pytest.mark.skipif(
        LIBRARY is None and os.environ.get("CI") != "true", reason="apt-get install faketime"
    ),
]


@dataclass
class Desk:
    """A payment service: its database, its card provider, its Temporal."""

    database: Database
    cards: Simulator
    temporal: TemporalServer

    @contextmanager
    def worker(self, clock: str, bug: str = "") -> Iterator[Running]:
        """A worker whose clock is off by so much, with a seeded bug or without."""
        environment = {
            "DATABASE_URL": str(self.database.url),
            "STRIPE_API_BASE": self.cards.url,
            "TEMPORAL_ADDRESS": self.temporal.address,
            "LD_PRELOAD": str(LIBRARY),
            "FAKETIME": clock,
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }
        program = ["-m", "tests.verification.bugs.worker", bug] if bug else ["worker.py"]
        command = [sys.executable, *program]
        with running(command, ready=lambda: True, env=environment) as worker:
            yield worker

    async def request_payment(self, payment_id: str) -> PaymentHandle:
        """Start Kermit's payment."""
        client = await Client.connect(self.temporal.address, data_converter=pydantic_data_converter)
        return await client.start_workflow(
            PaymentWorkflow.run,
            PaymentInput(
                payment_id=payment_id,
                reference="invoice",
                customer_id="kermit",
                amount=2500,
                currency="EUR",
                agreement=AGREEMENT,
            ),
            id=payment_workflow_id(payment_id),
            task_queue=TaskQueue.PAYMENTS,
        )

    def charge(self, payment_id: str) -> Charge:
        """The first charge."""
        with self.database.read() as tx:
            charge = charges.find(tx, payment_id, 1)
        assert charge is not None
        return charge

    def deadline(self, payment_id: str) -> datetime:
        """When the payment will be canceled."""
        with self.database.read() as tx:
            deadline = payments.find(tx, payment_id).deadline
        assert deadline is not None
        return deadline


@pytest.fixture
def desk(temporal: TemporalServer, tmp_path: Path) -> Iterator[Desk]:
    """Whose only customer has a card that is declined."""
    url = f"sqlite:///{tmp_path}/orders.db"
    migrate(url)
    with cards(tmp_path / "cards.db") as provider, opened(url) as database:
        with database.write() as tx:
            add_customer(tx)
            tx.execute(tables.customers.update().values(payment_method="pm_card_chargeDeclined"))
        yield Desk(database, provider, temporal)


@pytest.mark.parametrize("clock", ["+14d", "-14d"])
async def test_charge_and_deadline_are_as_with_the_right_clock(desk: Desk, clock: str) -> None:
    await _play(desk, clock)


@pytest.mark.parametrize("clock", ["+14d", "-14d"])
async def test_a_worker_that_trusts_its_clock_is_found_out(desk: Desk, clock: str) -> None:
    with pytest.raises(AssertionError, match=r"took a new key|deadline is off"):
        await _play(desk, clock, "tests.verification.bugs.wrong_clock:trust_the_workers_clock")


async def _play(desk: Desk, clock: str, bug: str = "") -> None:
    """The first worker requests a charge and gets no answer; the second, whose clock is off,
    repeats it under the same key, and the two weeks begin now.
    """
    id = f"p-{uuid4().hex[:8]}"
    desk.cards.fault("down", only="/v1/payment_intents")
    with desk.worker("+0d") as worker:
        payment = await desk.request_payment(id)
        eventually(lambda: f"charge payment {id}" in worker.log(), "the first try", 60)
    desk.cards.clear_faults()

    with desk.worker(clock, bug):
        eventually(lambda: desk.charge(id).is_settled, "the outcome", 60)
        assert desk.charge(id).key_number == 1, "the charge took a new key"
        left = desk.deadline(id) - datetime.now(UTC)
        off = abs(AGREEMENT.terms.waiting_time - left)
        assert off < timedelta(minutes=5), "the deadline is off"
        await payment.signal(
            PaymentWorkflow.card_details_updated, CardDetailsUpdated(payment_method="pm_card_visa")
        )
        assert (await payment.result()).outcome is PaymentOutcome.RECEIVED
