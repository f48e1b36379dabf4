"""Which card updates count against the daily limits: all but those that an outage refused."""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, NoReturn, cast

import httpx
import pytest
from fastapi import FastAPI
from temporalio.client import Client, WorkflowFailureError
from temporalio.exceptions import ApplicationError, CancelledError, TerminatedError
from temporalio.service import RPCError, RPCStatusCode

from api.dependency_health import DATABASE
from api.errors import DependencyUnavailableError
from api.services import payments as service
from config import Settings
from domain.payment import Payment
from storage import card_updates, payments
from storage.database import Database
from tests.integration.api.matrix import WRITTEN
from tests.integration.api.problems import problem_of
from tests.support.examples import payment
from tests.support.fake_temporal import FakeTemporal, FakeWorkflow
from workflows.messages import CardUpdateResult

CARD = {"payment_method": "pm_card_visa"}
OTHER_CARD = {"payment_method": "pm_card_mastercard"}
OF_PAYMENT, OF_CUSTOMER = f"/payments/{WRITTEN}/card", "/customers/kermit/card"
LIMIT = 2
TRIES = 5


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """With few card updates a day, and without virtual clocks."""
    limits = {"card_updates_per_day": LIMIT, "card_updates_per_day_and_customer": LIMIT}
    return settings.model_copy(update={"development_mode": False} | limits)


@pytest.fixture
def database(database: Database) -> Database:
    """With an open payment of Kermit's."""
    with database.write() as tx:
        payments.request(tx, payment(WRITTEN))
    return database


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits long for the card provider."""
    monkeypatch.setattr(service, "CARD_UPDATE_TIMEOUT", timedelta(seconds=1))


def use(app: FastAPI, temporal: FakeTemporal) -> None:
    """Let the application use that Temporal from now on."""
    app.state.context = replace(app.state.context, temporal=cast("Client", temporal))


async def unavailable() -> NoReturn:
    """As a Temporal server that is stopped."""
    raise RPCError("", RPCStatusCode.UNAVAILABLE, b"")


async def too_late() -> NoReturn:
    """As a card provider that does not answer."""
    await asyncio.Event().wait()
    raise AssertionError


async def broken() -> NoReturn:
    """As a bug of ours."""
    message = "broken"
    raise ValueError(message)


async def unknown_card() -> NoReturn:
    """As the update of a card that the provider refuses."""
    raise WorkflowFailureError(cause=ApplicationError("", type=service.CARD_UNKNOWN))


async def terminated() -> NoReturn:
    """As an update that an operator ended by force."""
    raise WorkflowFailureError(cause=TerminatedError(""))


async def canceled() -> NoReturn:
    """As an update that an operator canceled."""
    raise WorkflowFailureError(cause=CancelledError())


@dataclass
class FailingTemporal(FakeTemporal):
    """Fails each signal, and each result."""

    fail: Callable[[], Any] = unavailable

    def get_workflow_handle(self, id: str) -> "FailingWorkflow":
        """Of a workflow whose signals fail."""
        return FailingWorkflow(self, id)

    async def start_workflow(
        self, workflow: str, input: object, *, id: str, **options: Any
    ) -> "FailingWorkflow":
        """A workflow whose result fails."""
        await super().start_workflow(workflow, input, id=id, **options)
        return FailingWorkflow(self, id)


@dataclass
class FailingWorkflow(FakeWorkflow):
    """Fails as its Temporal says."""

    async def signal(self, name: str, payload: object) -> None:
        """Fails."""
        del name, payload
        await cast("FailingTemporal", self.temporal).fail()

    async def result(self) -> CardUpdateResult:
        """Fails."""
        return await cast("FailingTemporal", self.temporal).fail()


@pytest.mark.parametrize(
    ("path", "fail", "status"),
    [
        (OF_PAYMENT, unavailable, 503),
        (OF_PAYMENT, broken, 500),
        (OF_CUSTOMER, unavailable, 503),
        (OF_CUSTOMER, too_late, 503),
        (OF_CUSTOMER, broken, 500),
    ],
)
async def test_an_outage_uses_up_no_card_update(
    app: FastAPI, http: httpx.AsyncClient, path: str, fail: Callable[[], Any], status: int
) -> None:
    use(app, FailingTemporal(fail=fail))
    for _ in range(TRIES):
        problem_of(await http.put(path, json=CARD), status)
    use(app, FakeTemporal())
    for _ in range(LIMIT):
        assert (await http.put(path, json=CARD)).is_success
    problem_of(await http.put(path, json=CARD), 429)


@pytest.mark.parametrize("fail", [terminated, canceled])
async def test_an_update_that_an_operator_ended_is_given_again(
    app: FastAPI, http: httpx.AsyncClient, fail: Callable[[], Any]
) -> None:
    use(app, FailingTemporal(fail=fail))
    problem = problem_of(await http.put(OF_CUSTOMER, json=CARD), 409)
    assert "Give the card again" in problem["detail"]


async def test_temporal_is_stopped(app: FastAPI, http: httpx.AsyncClient) -> None:
    for path in (OF_PAYMENT, OF_CUSTOMER) * LIMIT:
        problem_of(await http.put(path, json=CARD), 503)
    use(app, FakeTemporal())
    assert (await http.put(OF_PAYMENT, json=CARD)).status_code == 202


async def cut_off(http: httpx.AsyncClient, path: str, begun: threading.Event) -> None:
    """Cancel a card update once it has `begun`, as uvicorn does when it stops."""
    request = asyncio.create_task(http.put(path, json=CARD))
    assert await asyncio.to_thread(begun.wait, 60)
    request.cancel()
    problem_of(await request, 503)


@pytest.mark.parametrize("path", [OF_PAYMENT, OF_CUSTOMER])
async def test_a_stop_of_ours_uses_up_no_card_update(
    app: FastAPI, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """What the answer invites to repeat counts once."""
    monkeypatch.setattr(service, "CARD_UPDATE_TIMEOUT", timedelta(seconds=60))
    for _ in range(TRIES):
        begun = threading.Event()

        async def hang(begun: threading.Event = begun) -> None:
            begun.set()
            await asyncio.Event().wait()

        use(app, FailingTemporal(fail=hang))
        await cut_off(http, path, begun)
    use(app, FakeTemporal())
    for _ in range(LIMIT):
        assert (await http.put(path, json=CARD)).is_success
    problem_of(await http.put(path, json=CARD), 429)


@pytest.mark.parametrize("path", [OF_PAYMENT, OF_CUSTOMER])
async def test_a_stop_while_it_is_counted_uses_up_none(
    app: FastAPI, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """Its number is not known yet when the request is cancelled."""
    use(app, FailingTemporal(fail=too_late))
    counting, go_on = threading.Event(), threading.Event()
    note = card_updates.note

    def slow_note(*args: Any) -> int:
        counting.set()
        assert go_on.wait(60)
        return note(*args)

    monkeypatch.setattr(card_updates, "note", slow_note)
    request = asyncio.create_task(http.put(path, json=CARD))
    assert await asyncio.to_thread(counting.wait, 60)
    request.cancel()
    await asyncio.to_thread(go_on.set)
    problem_of(await request, 503)
    monkeypatch.setattr(card_updates, "note", note)
    use(app, FakeTemporal())
    for _ in range(LIMIT):
        assert (await http.put(path, json=CARD)).is_success
    problem_of(await http.put(path, json=CARD), 429)


async def test_a_database_that_fails_after_the_signal_uses_up_none(
    app: FastAPI, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(app, FakeTemporal())
    find_payment = service.queries.find_payment
    calls = 0

    async def find_once(*args: Any) -> Payment:
        nonlocal calls
        calls += 1
        if calls % 2 == 0:
            raise DependencyUnavailableError(DATABASE)
        return await find_payment(*args)

    monkeypatch.setattr(service.queries, "find_payment", find_once)
    for _ in range(TRIES):
        problem_of(await http.put(OF_PAYMENT, json=CARD), 503)
    monkeypatch.setattr(service.queries, "find_payment", find_payment)
    assert (await http.put(OF_PAYMENT, json=CARD)).status_code == 202


async def test_a_refused_card_counts(app: FastAPI, http: httpx.AsyncClient) -> None:
    use(app, FailingTemporal(fail=unknown_card))
    for _ in range(LIMIT):
        problem_of(await http.put(OF_CUSTOMER, json=CARD), 422)
    problem_of(await http.put(OF_CUSTOMER, json=CARD), 429)


async def test_an_update_that_goes_on_after_its_request_counts(
    app: FastAPI, http: httpx.AsyncClient
) -> None:
    use(app, FailingTemporal(fail=too_late))
    cards = [{"payment_method": f"pm_{number}"} for number in range(LIMIT)]
    for card in cards:
        problem_of(await http.put(OF_CUSTOMER, json=card), 503)
    problem_of(await http.put(OF_CUSTOMER, json=CARD), 429)
    use(app, FakeTemporal())
    problem_of(await http.put(OF_CUSTOMER, json=CARD), 429)
    problem_of(await http.put(OF_PAYMENT, json=CARD), 429)


async def test_its_result_may_be_requested_again(app: FastAPI, http: httpx.AsyncClient) -> None:
    """As the answer says; what it results in ends that."""
    use(app, FailingTemporal(fail=too_late))
    for _ in range(TRIES):
        problem_of(await http.put(OF_CUSTOMER, json=CARD), 503)
    problem_of(await http.put(OF_CUSTOMER, json=OTHER_CARD), 503)
    use(app, FailingTemporal(fail=unavailable))
    problem_of(await http.put(OF_CUSTOMER, json=CARD), 503)
    use(app, FailingTemporal(fail=unknown_card))
    problem_of(await http.put(OF_CUSTOMER, json=CARD), 422)
    problem_of(await http.put(OF_CUSTOMER, json=CARD), 429)
    use(app, FakeTemporal())
    assert (await http.put(OF_CUSTOMER, json=OTHER_CARD)).status_code == 200
    problem_of(await http.put(OF_CUSTOMER, json=OTHER_CARD), 429)


async def test_charges_are_counted_and_not_cards(
    app: FastAPI, http: httpx.AsyncClient, database: Database
) -> None:
    with database.write() as tx:
        payments.request(tx, payment("p-2"))
    charges = {"card_charges_per_day_and_customer": 3, "card_updates_per_day": 100}
    limits = app.state.context.settings.model_copy(
        update=charges | {"card_updates_per_day_and_customer": 100}
    )
    use(app, temporal := FakeTemporal())
    app.state.context = replace(app.state.context, settings=limits)
    for _ in range(2):
        assert (await http.put(OF_CUSTOMER, json=CARD)).status_code == 200
    for path in (OF_CUSTOMER, OF_PAYMENT):
        answer = await http.put(path, json=CARD)
        detail = problem_of(answer, 429)["detail"]
        assert "Charges by updated cards are limited to 3 a day" in detail
        assert int(answer.headers["retry-after"]) == pytest.approx(86_400, abs=60)
    assert len(temporal.requests) == 2


async def test_updates_that_wait_for_their_result_count(
    app: FastAPI, http: httpx.AsyncClient
) -> None:
    """Of many at the same time no more than the limit reach the card provider."""
    temporal = FailingTemporal(fail=too_late)
    use(app, temporal)
    answers = await asyncio.gather(*(http.put(OF_CUSTOMER, json=CARD) for _ in range(TRIES)))
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [429] * (TRIES - LIMIT) + [503] * LIMIT
    assert len(temporal.requests) == LIMIT
