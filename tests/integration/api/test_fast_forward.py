"""A fast-forward does what falls due on its way when it is due, however slowly it is done."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import cast

import httpx
import pytest
from fastapi import FastAPI
from temporalio.client import Client

from api.services import payment_clock
from domain.events import CreditCardFailed, CustomerReminded, PaymentCanceled
from storage import payments
from storage.database import Database
from tests.integration.api.problems import problem_of
from tests.support.examples import payment
from tests.support.fake_temporal import FakeTemporal, FakeTimeSkipper

ID = "6a1f8e9e-5d9e-4a53-9d53-0f0a3f0a9e21"
FAST_FORWARD = f"/dev/payments/{ID}/fast-forward"


@pytest.fixture
def since(
    app: FastAPI, http: httpx.AsyncClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> datetime:
    """When the payment's card failed. Its workflow does one thing after each look at its clock."""

    class SlowPayment(FakeTimeSkipper):
        async def get_current_time(self, workflow: object) -> datetime:
            now = await super().get_current_time(workflow)
            with database.write() as tx:
                found = payments.find(tx, ID)
                if found.deadline and found.deadline <= now:
                    payments.record(tx, ID, PaymentCanceled(at=now))
                elif found.next_reminder_at and found.next_reminder_at <= now:
                    number = found.reminders_sent + 1
                    reminded = CustomerReminded(at=now, reminder=number)
                    payments.record(tx, ID, reminded, number=number)
            return now

    del http
    now = datetime.now(UTC)
    with database.write() as tx:
        payments.request(tx, payment(ID))
        payments.record(tx, ID, CreditCardFailed(at=now, code="card_declined", message="No."))
    temporal = FakeTemporal({f"payment/{ID}": None})
    app.state.context = replace(app.state.context, temporal=cast("Client", temporal))
    monkeypatch.setattr(payment_clock, "TimeSkipper", SlowPayment)
    return now


async def days_of_events(http: httpx.AsyncClient, since: datetime) -> list[tuple[str, int]]:
    """What happened after the card's failure, and after how many days."""
    events = (await http.get(f"/payments/{ID}/events")).json()["events"][2:]
    ats = [datetime.fromisoformat(event["at"]) - since for event in events]
    return [(event["type"], at.days) for event, at in zip(events, ats, strict=True)]


async def test_each_reminder_on_the_way_is_sent_on_its_day(
    http: httpx.AsyncClient, since: datetime
) -> None:
    answer = (await http.post(FAST_FORWARD, json={"days": 7})).json()

    assert await days_of_events(http, since) == [("CustomerReminded", day) for day in (2, 4, 6)]
    assert answer["reminders_sent"] == 3
    assert (datetime.fromisoformat(answer["now"]) - since).days == 7


async def test_the_clock_stops_at_the_deadline(http: httpx.AsyncClient, since: datetime) -> None:
    answer = (await http.post(FAST_FORWARD, json={"days": 20})).json()

    reminders = [("CustomerReminded", day) for day in (2, 4, 6, 8, 10, 12)]
    assert await days_of_events(http, since) == [*reminders, ("PaymentCanceled", 14)]
    assert answer["status"] == "canceled"
    problem_of(await http.post(FAST_FORWARD, json={"days": 1}), 409)
