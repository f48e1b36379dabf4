"""What is being tried again, as Temporal tells it."""

from dataclasses import replace
from typing import cast

import httpx
import pytest
from fastapi import FastAPI
from temporalio.client import Client

from storage import charges, orders, payments
from storage.database import Database
from tests.integration.api.matrix import ABSENT, WRITTEN
from tests.integration.api.problems import problem_of
from tests.support.examples import NOON, order, payment
from tests.support.fake_temporal import FakeTemporal


@pytest.fixture
def temporal(app: FastAPI, http: httpx.AsyncClient, database: Database) -> FakeTemporal:
    """With an order whose card can't be charged; its refund is not there."""
    del http
    with database.write() as tx:
        orders.place(tx, order(WRITTEN))
        payments.request(tx, payment(WRITTEN))
    temporal = FakeTemporal({f"order/{WRITTEN}": None, f"payment/{WRITTEN}": None})
    app.state.context = replace(app.state.context, temporal=cast("Client", temporal))
    return temporal


async def test_what_does_not_succeed_at_once_is_told(
    http: httpx.AsyncClient, temporal: FakeTemporal
) -> None:
    temporal.attempts[f"order/{WRITTEN}"] = {"fetch_goods": 1}
    temporal.attempts[f"payment/{WRITTEN}"] = {"charge_card": 7}
    found = (await http.get(f"/orders/{WRITTEN}/attempts")).json()
    assert found == {
        "attempts": [{"activity": "charge_card", "attempt": 7}],
        "charge_refused": False,
    }


@pytest.mark.usefixtures("temporal")
async def test_a_request_that_the_provider_refused_is_shown_too(
    http: httpx.AsyncClient, database: Database
) -> None:
    with database.write() as tx:
        payments.mark_charging(tx, payments.find(tx, WRITTEN))
        charge = charges.begin(tx, WRITTEN, 1, "pm_card_visa", NOON)
        assert charges.refuse(tx, charge)
    found = (await http.get(f"/orders/{WRITTEN}/attempts")).json()
    assert found == {"attempts": [], "charge_refused": True}


@pytest.mark.usefixtures("temporal")
async def test_of_an_order_that_is_not_there(http: httpx.AsyncClient) -> None:
    problem_of(await http.get(f"/orders/{ABSENT}/attempts"), 404)


async def test_while_temporal_is_away(http: httpx.AsyncClient, database: Database) -> None:
    with database.write() as tx:
        orders.place(tx, order(WRITTEN))
    problem_of(await http.get(f"/orders/{WRITTEN}/attempts"), 503)
