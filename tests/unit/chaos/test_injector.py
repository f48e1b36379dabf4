"""What was planned and had no effect is named."""

from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest

from chaos.databases import NotPossibleError
from chaos.fault_kinds import Fault, LockDatabase, Misbehave, ShiftClock
from chaos.faults import Injector, simulators
from chaos.faults.simulators import Switches
from chaos.plan import PlannedFault, make_plan
from tests.support.simulators import Simulator

PLAYED, LEFT_OUT = LockDatabase(seconds=0), ShiftClock(days=14, seconds=0)
LATE = Misbehave("carrier", {"mode": "lose_answer", "times": 2})


class Somebody:
    """The database and the workers."""

    async def lock(self, seconds: float) -> None:
        assert seconds == 0

    async def shift_clock(self, *_how: float) -> None:
        raise NotPossibleError("libfaketime is missing")


def injector() -> Injector:
    urls = dict.fromkeys(("cards_url", "carrier_url", "mailbox_url"), "")
    somebody: Any = Somebody()
    return Injector(cast(Any, SimpleNamespace(**urls)), somebody, somebody, cast(Any, None))


def planned(*faults: Fault) -> Any:
    return SimpleNamespace(faults=[PlannedFault(1, fault) for fault in faults])


async def test_a_fault_that_could_not_be_played_has_no_effect_and_says_why() -> None:
    faults = injector()
    for fault in (PLAYED, LEFT_OUT):
        await faults.inject(fault)

    assert faults.without_effect(planned(PLAYED, LEFT_OUT)) == {
        str(LEFT_OUT): "libfaketime is missing"
    }


def test_everything_in_a_plan_is_asked_for() -> None:
    plan = make_plan(1, 300)

    assert set(injector().without_effect(plan)) == {str(one.fault) for one in plan.faults}


async def test_what_is_struck_when_nobody_waits_any_more_counts(
    carrier: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simulators, "LIMIT", 0)
    switches = Switches({"carrier": carrier.url})
    assert await switches.misbehave(LATE) == 0
    async with httpx.AsyncClient(trust_env=False) as http:
        with pytest.raises(httpx.RemoteProtocolError):
            await http.post(f"{carrier.url}/shipments")

    await switches.clear()

    assert switches.late == {str(LATE): 1}
