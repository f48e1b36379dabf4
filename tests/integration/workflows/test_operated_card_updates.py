"""Whatever an operator does to a card update that waits, no customer's card is half updated."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import httpx
import pytest
from temporalio.client import Client

from api.app import create_app
from api.services import payments as api_payments
from config import Settings
from dev.temporal_server.server import TemporalServer
from gateways.cards import ProviderUnavailableError
from storage import customers, payments
from tests.integration.workflows import operators
from tests.integration.workflows.audits import assert_consistent
from tests.integration.workflows.harness import TIMEOUT_SECONDS, Harness, PaymentHandle
from tests.integration.workflows.operators import Handle
from tests.verification.replay.player import held_up
from workflows import steps
from workflows.messages import PaymentOutcome
from workflows.names import card_update_workflow_id

ACTIVITY = "register_card"


@pytest.fixture(autouse=True)
async def audited(harness: Harness) -> AsyncIterator[None]:
    """The audit finds nothing after each of the tests."""
    yield
    await assert_consistent(harness)


@pytest.fixture
async def api(
    harness: Harness, temporal: TemporalServer, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the API, which does not give up while an operator acts."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", temporal.address)
    monkeypatch.setattr(api_payments, "CARD_UPDATE_TIMEOUT", timedelta(seconds=TIMEOUT_SECONDS))
    monkeypatch.setattr(steps, "PAUSE", timedelta(milliseconds=50))
    app = create_app(Settings(database_url=str(harness.database.url), development_mode=True))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://localhost"
        ) as client,
    ):
        yield client


async def waiting_payment(harness: Harness) -> tuple[str, PaymentHandle, Handle]:
    """A customer, their payment, whose card was declined, and their card updates' workflow."""
    customer = harness.customer("pm_bad")
    payment = await harness.request_payment(customer)
    await harness.waiting(payment)
    return customer, payment, harness.client.get_workflow_handle(card_update_workflow_id(customer))


def give(
    api: httpx.AsyncClient, customer: str, payment_method: str = "pm_good"
) -> asyncio.Task[httpx.Response]:
    """The customer gives a card."""
    return asyncio.create_task(
        api.put(f"/customers/{customer}/card", json={"payment_method": payment_method})
    )


def on_file(harness: Harness, customer: str) -> str | None:
    """The customer's card."""
    with harness.database.read() as tx:
        return customers.payment_method(tx, customer)


def _no_provider(*_: object) -> None:
    raise ProviderUnavailableError("the card provider can't be reached")


async def given_without_provider(
    outage: pytest.MonkeyPatch,
    api: httpx.AsyncClient,
    harness: Harness,
    update: Handle,
    customer: str,
) -> asyncio.Task[httpx.Response]:
    """The customer gives a card during the provider's outage; returns once the update waits."""
    outage.setattr(harness.cards, "describe_card", _no_provider)
    request = give(api, customer)
    await harness.comes_to_wait_for(update, ACTIVITY)
    return request


async def cancel(_: Client, update: Handle) -> None:
    await update.cancel()


async def terminate(_: Client, update: Handle) -> None:
    await update.terminate("somebody pressed the button")


async def pause_and_unpause(client: Client, update: Handle) -> None:
    await operators.pause(client, update, ACTIVITY)
    await operators.unpause(client, update, ACTIVITY)


async def reset_activity(client: Client, update: Handle) -> None:
    await operators.reset_activity(client, update, ACTIVITY)


async def allow_one_attempt(client: Client, update: Handle) -> None:
    await operators.allow_one_attempt(client, update, ACTIVITY)


Act = Callable[[Client, Handle], Awaitable[None]]


async def charged_once(
    api: httpx.AsyncClient, harness: Harness, customer: str, payment: PaymentHandle
) -> None:
    """Assert that the card reached the payment, and that a further update works too."""
    assert (await payment.result()).outcome is PaymentOutcome.RECEIVED
    assert [one.payment_method for one in harness.cards.asked] == ["pm_bad", "pm_good"]
    assert on_file(harness, customer) == "pm_good"
    answer = await give(api, customer)
    assert (answer.status_code, answer.json()["payments"]) == (200, [])


@pytest.mark.parametrize("act", [pause_and_unpause, reset_activity, allow_one_attempt])
async def test_an_update_that_waits_for_the_provider_goes_on(
    harness: Harness, api: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, act: Act
) -> None:
    customer, payment, update = await waiting_payment(harness)
    with monkeypatch.context() as outage:
        request = await given_without_provider(outage, api, harness, update, customer)
        await act(harness.client, update)
        await harness.comes_to_wait_for(update, ACTIVITY)

    answer = await request

    assert answer.status_code == 200
    assert answer.json()["payments"] == [payment.id.removeprefix("payment/")]
    await charged_once(api, harness, customer, payment)


@pytest.mark.parametrize("end", [cancel, terminate])
async def test_an_update_that_is_ended_changes_nothing(
    harness: Harness, api: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, end: Act
) -> None:
    customer, payment, update = await waiting_payment(harness)
    with monkeypatch.context() as outage:
        request = await given_without_provider(outage, api, harness, update, customer)
        await end(harness.client, update)
        answer = await request

    assert (answer.status_code, answer.json()["detail"]) == (409, api_payments.ENDED)
    assert on_file(harness, customer) == "pm_bad"
    assert (await give(api, customer)).status_code == 200
    await charged_once(api, harness, customer, payment)


@pytest.mark.parametrize("end", [cancel, terminate])
async def test_an_update_that_is_ended_after_it_stored_the_card_is_completed_by_the_next(
    harness: Harness, api: httpx.AsyncClient, end: Act
) -> None:
    """No payment is notified of the card yet."""
    customer, payment, update = await waiting_payment(harness)
    with held_up(payments, "open_not_charged_since"):
        request = give(api, customer)
        await harness.until(lambda: on_file(harness, customer) == "pm_good")
        await end(harness.client, update)
        if end is terminate:
            assert (await request).status_code == 409

    if end is terminate:
        assert (await give(api, customer)).status_code == 200
    else:
        assert (await request).status_code in {200, 409}
        assert (await give(api, customer)).status_code == 200
    await charged_once(api, harness, customer, payment)


async def test_an_update_that_is_reset_while_it_waits_is_joined_by_the_next(
    harness: Harness, api: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The request does not follow it: its customer is asked to give the card again."""
    customer, payment, update = await waiting_payment(harness)
    with monkeypatch.context() as outage:
        request = await given_without_provider(outage, api, harness, update, customer)
        [_] = await operators.reset_points(update)  # the first is the last
        await operators.reset(harness.client, update, 0)
        answer = await request
        await harness.comes_to_wait_for(update, ACTIVITY)
        again = give(api, customer)

    assert (answer.status_code, answer.json()["detail"]) == (409, api_payments.ENDED)
    assert (await again).json()["payments"] == [payment.id.removeprefix("payment/")]
    await charged_once(api, harness, customer, payment)


@pytest.mark.parametrize("number", [0, -1])
async def test_a_completed_update_that_is_reset_has_no_declined_card_charged_again(
    harness: Harness, api: httpx.AsyncClient, number: int
) -> None:
    customer, payment, update = await waiting_payment(harness)
    assert (await give(api, customer, "pm_bad_too")).status_code == 200
    await harness.until(lambda: len(harness.cards.asked) == 2)
    await harness.waiting(payment)

    await operators.reset(harness.client, update, number)
    await update.result()
    await harness.idle(payment)

    assert [one.payment_method for one in harness.cards.asked] == ["pm_bad", "pm_bad_too"]
    assert (await give(api, customer)).status_code == 200
    assert (await payment.result()).outcome is PaymentOutcome.RECEIVED


@pytest.mark.parametrize("number", [0, -1])
async def test_an_update_that_is_reset_after_a_newer_one_does_not_replace_its_card(
    harness: Harness, api: httpx.AsyncClient, number: int
) -> None:
    customer, payment, update = await waiting_payment(harness)
    assert (await give(api, customer, "pm_bad_too")).status_code == 200
    older = harness.client.get_workflow_handle(update.id, run_id=(await update.describe()).run_id)
    assert (await give(api, customer)).status_code == 200
    await payment.result()

    await operators.reset(harness.client, older, number)
    await update.result()

    assert on_file(harness, customer) == "pm_good"
