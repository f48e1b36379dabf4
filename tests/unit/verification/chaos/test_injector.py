"""Planned faults that had no effect are named."""

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest

from gateways.cards import ChargeRequest
from gateways.stripe_cards import StripeCards
from tests.support.processes import free_port
from tests.support.simulators import SECRET_KEY, Simulator
from tests.support.simulators import cards as cards_simulator
from verification.chaos.databases import UnsupportedFaultError
from verification.chaos.fault_kinds import Fault, LockDatabase, Misbehave, ShiftClock, Webhooks
from verification.chaos.faults import Injector, card_provider, simulators
from verification.chaos.faults.simulators import Switches
from verification.chaos.plan import PlannedFault, make_plan

PLAYED, LEFT_OUT = LockDatabase(seconds=0), ShiftClock(days=14, seconds=0)
LIMIT = 60
LOST = Webhooks("lost", {"lose": True}, seconds=2)
LATE = Misbehave("carrier", {"mode": "lose_answer", "times": 2})
LOCAL_POINTS = {"reference": "o-1", "customer": "c", "lines": [{"sku": "lily", "quantity": 1}]}


class Somebody:
    """A database and workers."""

    async def lock(self, seconds: float) -> None:
        assert seconds == 0

    async def shift_clock(self, *_how: float) -> None:
        raise UnsupportedFaultError("libfaketime is missing")


def injector(cards_url: str = "") -> Injector:
    urls = {"cards_url": cards_url, "carrier_url": "", "mailbox_url": ""}
    somebody: Any = Somebody()
    stack: Any = SimpleNamespace(**urls)
    return Injector(stack, somebody, somebody, cast(Any, None), asyncio.Lock())


def planned(*faults: Fault) -> Any:
    return SimpleNamespace(faults=[PlannedFault(1, fault) for fault in faults])


async def test_an_unsupported_fault_has_no_effect_and_says_why() -> None:
    faults = injector()
    for fault in (PLAYED, LEFT_OUT):
        await faults.inject(fault)

    assert faults.without_effect(planned(PLAYED, LEFT_OUT)) == {
        str(LEFT_OUT): "libfaketime is missing"
    }


def test_every_planned_fault_needs_an_effect() -> None:
    plan = make_plan(1, 300)

    assert set(injector().without_effect(plan)) == {str(one.fault) for one in plan.faults}


async def test_requests_met_after_the_wait_count_as_well(
    carrier: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simulators, "EFFECT_LIMIT", 0)
    switches = Switches({"carrier": carrier.url})
    assert await switches.misbehave(LATE) == 0
    async with httpx.AsyncClient(trust_env=False, timeout=60) as http:
        with pytest.raises(httpx.RemoteProtocolError):
            await http.post(f"{carrier.url}/shipments", json=LOCAL_POINTS)

    await switches.clear()

    assert switches.late == {str(LATE): 1}


async def test_a_fault_waits_for_a_request(
    carrier: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simulators, "LIMIT", 0)
    fault = asyncio.create_task(Switches({"carrier": carrier.url}).misbehave(LATE))
    async with asyncio.timeout(LIMIT):
        while not await asyncio.to_thread(carrier.fault_mode):  # noqa: ASYNC110  another process's
            await asyncio.sleep(0.02)
    async with httpx.AsyncClient(trust_env=False, timeout=60) as http:
        assert (await http.post(f"{carrier.url}/shipments", json={})).is_client_error
        assert not fault.done()
        with pytest.raises(httpx.RemoteProtocolError):
            await http.post(f"{carrier.url}/shipments", json=LOCAL_POINTS)

    assert await fault == 1


async def webhooks_of(cards: Simulator) -> dict[str, Any]:
    async with httpx.AsyncClient(trust_env=False, timeout=60) as http:
        return (await http.get(f"{cards.url}/_webhooks")).json()


@pytest.mark.parametrize("is_charged", [True, False])
async def test_a_webhook_fault_needs_a_webhook_to_have_an_effect(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_charged: bool
) -> None:
    monkeypatch.setenv("STRIPE_WEBHOOK_SECRETS", "whsec_of_ours")
    monkeypatch.setattr(card_provider, "EFFECT_LIMIT", 0)
    nobody = f"http://127.0.0.1:{free_port()}/webhooks"
    with cards_simulator(tmp_path / "cards.db", "--webhook-url", nobody) as cards:
        faults = injector(cards.url)
        lost = asyncio.create_task(faults.inject(LOST))
        async with asyncio.timeout(LIMIT):
            while not (await webhooks_of(cards))["switches"]["lose"]:  # noqa: ASYNC110  another process's
                await asyncio.sleep(0.02)
        if is_charged:
            charge = ChargeRequest("key", "p", 1, 2500, "EUR", "pm_card_visa")
            await asyncio.to_thread(StripeCards(SECRET_KEY, cards.url).charge, charge)
        await lost

        state = await webhooks_of(cards)

    assert faults.injected[str(LOST)] == is_charged
    assert [one["attempts"] for one in state["events"]] == [0] * is_charged
    assert not state["switches"]["lose"]
