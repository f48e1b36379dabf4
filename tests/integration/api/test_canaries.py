"""Canaries in every place of every request: refused, not answered, written down nowhere."""

import logging
from collections.abc import Callable
from dataclasses import replace
from itertools import chain
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from config import Settings
from domain.events import CreditCardCharged, PaymentReceived
from gateways.cards import ProviderRefund, RefundStatus
from storage import charges, payments
from storage.database import Database
from tests.integration.api.matrix import WEBHOOK_SECRET, WRITTEN, endpoints
from tests.support.examples import NOON, payment
from tests.verification.bugs import leaks
from tests.verification.canaries.events import events
from tests.verification.canaries.numbers import found_in
from tests.verification.canaries.requests import CanaryRequest, requests

pytestmark = [pytest.mark.proof, pytest.mark.timeout(900)]


CHARGE = "pi_paid"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """With a secret that events are signed with."""
    return settings.model_copy(update={"stripe_webhook_secrets": SecretStr(WEBHOOK_SECRET)})


@pytest.fixture
def database(database: Database) -> Database:
    """With a payment that a card paid."""
    with database.write() as tx:
        payments.request(tx, payment(WRITTEN))
        charge = charges.begin(tx, WRITTEN, 1, "pm_card_visa", NOON)
        charges.settle(tx, charge.model_copy(update={"charge_id": CHARGE}))
        payments.record(tx, WRITTEN, CreditCardCharged(at=NOON, amount=charge.amount))
        payments.record(tx, WRITTEN, PaymentReceived(at=NOON))
    return database


class AnyRefund:
    """A card provider that knows every refund: of one cent, made in the dashboard."""

    async def find(self, refund_id: str) -> ProviderRefund:
        """Whatever its id."""
        return ProviderRefund(refund_id, CHARGE, 1, "EUR", RefundStatus.SUCCEEDED)


@pytest.fixture(autouse=True)
def provider(app: FastAPI, http: httpx.AsyncClient) -> None:
    """Instead of the card provider."""
    del http
    app.state.context = replace(app.state.context, refunds=AnyRefund())


async def push(app: FastAPI, http: httpx.AsyncClient, forms: int) -> list[str]:
    """What the answers have of canaries, and which requests were not refused."""
    document = app.openapi()
    leaks: list[str] = []
    sent: set[CanaryRequest | str] = set()
    everywhere = requests(document, list(endpoints(document)), WRITTEN, forms)
    for one in chain(everywhere, events(CHARGE, WEBHOOK_SECRET, forms)):
        answer = await http.request(
            one.endpoint.method,
            one.url,
            params=one.params,
            headers=one.headers,
            json=one.json,
            content=one.content,
        )
        sent.add(str(one))
        leaks += found_in(answer.text, str(answer.headers))
        if not one.is_answered_well(answer):
            leaks.append(f"{one}: {answer.status_code}")
    assert len(sent) > 150
    return leaks


def written(caplog: pytest.LogCaptureFixture, folder: Path) -> list[str]:
    """What logs, tracebacks and all, and the files in the folder have of them."""
    logs = [
        logging.Formatter().format(record)
        for record in caplog.records
        if not record.name.startswith(("httpx", "httpcore"))
    ]
    return found_in(*logs, *(file.read_bytes() for file in folder.iterdir()))


async def test_no_canary_gets_in(
    app: FastAPI,
    http: httpx.AsyncClient,
    database: Database,
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
) -> None:
    caplog.set_level(logging.DEBUG)
    assert await push(app, http, forms=4) == []
    assert written(caplog, tmp_path) == []
    # Events without one in what is looked at were booked.
    with database.read() as tx:
        assert payments.find(tx, WRITTEN).refunded > 0


@pytest.mark.parametrize(
    "bug",
    [
        leaks.bodies_are_logged,
        leaks.tracebacks_quote_what_was_sent,
        leaks.refusals_quote_what_was_sent,
        leaks.dashes_hide_a_number,
        leaks.ids_of_events_are_not_looked_at,
        leaks.ids_of_refunds_are_not_looked_at,
    ],
)
async def test_leaks_are_found(
    app: FastAPI,
    http: httpx.AsyncClient,
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
    bug: Callable[[pytest.MonkeyPatch], None],
) -> None:
    caplog.set_level(logging.INFO)
    with pytest.MonkeyPatch.context() as patch:
        bug(patch)
        leaks = await push(app, http, forms=3)
    assert [*leaks, *written(caplog, tmp_path)]
