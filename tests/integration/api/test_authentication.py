"""Who gets what a charge is authenticated with (3-D Secure), and when there is nothing to get."""

import logging
from dataclasses import replace
from typing import cast

import httpx
import pytest
from fastapi import FastAPI

from gateways.card_authentication import CardAuthentication
from storage import charges, payments
from storage.database import Database
from tests.integration.api.matrix import WRITTEN
from tests.integration.api.problems import problem_of
from tests.support.examples import NOON, add_unauthenticated, payment
from tests.support.fake_card_authentication import SECRET, FakeCardAuthentication

URL = f"/payments/{WRITTEN}/authentication"


@pytest.fixture
def database(database: Database) -> Database:
    """With a payment of Kermit's whose charge waits for him."""
    with database.write() as tx:
        payments.request(tx, payment(WRITTEN))
        add_unauthenticated(tx, WRITTEN)
    return database


@pytest.fixture
def provider(app: FastAPI, http: httpx.AsyncClient) -> FakeCardAuthentication:
    """Instead of the card provider."""
    del http
    fake = FakeCardAuthentication()
    asked = cast("CardAuthentication", fake)
    app.state.context = replace(app.state.context, card_authentication=asked)
    return fake


async def test_the_secret_is_handed_on_and_not_logged(
    http: httpx.AsyncClient,
    provider: FakeCardAuthentication,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    answer = await http.get(URL)
    assert (answer.status_code, answer.json()) == (200, {"client_secret": SECRET})
    assert answer.headers["cache-control"] == "no-store"
    assert provider.asked == ["pi_open"]
    assert SECRET not in caplog.text


async def test_where_no_charge_waits_for_its_customer(
    http: httpx.AsyncClient, provider: FakeCardAuthentication, database: Database
) -> None:
    """Closed, or only the bank's; the card provider need not be asked."""
    with database.write() as tx:
        charges.close(tx, WRITTEN)
    assert "authenticate" in problem_of(await http.get(URL), 409)["detail"]
    with database.write() as tx:
        pending = charges.begin(tx, WRITTEN, 2, "pm_card_visa", NOON)
        charges.keep_open(tx, pending, "pi_pending")
    problem_of(await http.get(URL), 409)
    assert provider.asked == []


async def test_a_charge_that_the_provider_has_closed(
    http: httpx.AsyncClient, provider: FakeCardAuthentication
) -> None:
    """Its webhook has not arrived yet."""
    provider.secret = None
    problem_of(await http.get(URL), 409)


async def test_while_the_provider_is_away(
    http: httpx.AsyncClient, provider: FakeCardAuthentication, caplog: pytest.LogCaptureFixture
) -> None:
    provider.is_unavailable = True
    problem = problem_of(await http.get(URL), 503)
    assert "the card provider" in problem["detail"]
    assert "pi_open" not in str(problem)
    assert "Could not look up charge pi_open." in caplog.text


@pytest.mark.usefixtures("provider")
async def test_what_is_no_payment(http: httpx.AsyncClient) -> None:
    problem_of(await http.get("/payments/1/authentication"), 404)
