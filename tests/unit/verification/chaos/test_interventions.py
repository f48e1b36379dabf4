"""Operators act upon what suits an intervention, and put right what they ended by force."""

import asyncio
from random import Random
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest
from temporalio.client import WorkflowExecutionStatus

from clients.calls import Call
from verification.chaos import intervention_kinds
from verification.chaos.intervention_kinds import (
    Intervention,
    PauseActivity,
    Point,
    Reset,
    ResetActivity,
    Target,
    Terminate,
)
from verification.chaos.interventions import Interventions
from verification.chaos.interventions.targets import Candidate
from verification.chaos.interventions.temporal_server import Found, RefusedError
from verification.chaos.payment_clocks import PaymentClock, PaymentClocks
from verification.chaos.shop import Shop

ORDER = Candidate("o-1", "order/o-1", Target.ORDER, rights_itself=False)
PAYMENT = Candidate("o-1", "payment/o-1", Target.PAYMENT, rights_itself=True)
ALONE = Candidate("p-1", "payment/p-1", Target.PAYMENT, rights_itself=False)
REFUND = Candidate("o-1", "refund/o-1", Target.REFUND, rights_itself=True)
PART = Candidate("o-1", "refund/o-1/return-1", Target.REFUND, rights_itself=False)

RESET_ORDER = Reset(Target.ORDER, Point.FIRST_TASK)
RESET_PAYMENT = Reset(Target.PAYMENT, Point.AFTER_CHARGE)


class Server:
    """Records what is requested of it."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, ...]] = []
        self.refused: set[str] = set()
        """Names of requests."""
        self.activities: tuple[str, ...] = ("charge_card",)
        self.pauses = True

    async def describe(self, _id: str) -> Found:
        status = WorkflowExecutionStatus.RUNNING
        return Found("run-1", status, activities=self.activities, paused=())

    async def terminate(self, id: str) -> bool:
        self._note("terminate", id)
        return True

    async def reset(self, id: str, point: Point) -> None:
        self._note("reset", id, point)

    async def pause(self, id: str, activity: str) -> bool:
        self._note("pause", id, activity)
        return self.pauses

    async def unpause(self, id: str, activity: str) -> None:
        self._note("unpause", id, activity)

    async def reset_activity(self, id: str, activity: str) -> None:
        self._note("reset_activity", id, activity)

    def _note(self, *request: str) -> None:
        if request[0] in self.refused:
            raise RefusedError("not now")
        self.requests.append(request)


def setting(*found: Candidate, clocks: PaymentClocks | None = None) -> tuple[Interventions, Server]:
    server = Server()

    async def search(_intervention: Intervention) -> tuple[Candidate, ...]:
        return found

    if clocks is None:
        clocks = PaymentClocks(PaymentClock)
    return Interventions(cast(Any, server), search, Random(1), clocks), server


async def act(interventions: Interventions, *planned: Intervention) -> None:
    """Until each is carried out, or has looked for something to act upon."""
    for one in planned:
        interventions.begin(one)
    for _ in range(20):
        await asyncio.sleep(0)
    await interventions.end()


@pytest.mark.parametrize(
    ("candidate", "point"),
    [(ORDER, Point.LAST_TASK), (ALONE, Point.FIRST_TASK), (PART, Point.FIRST_TASK)],
)
async def test_what_was_terminated_is_reset(candidate: Candidate, point: Point) -> None:
    people, server = setting(candidate)

    await act(people, Terminate(candidate.target, seconds=0))

    id = candidate.workflow_id
    assert server.requests == [("terminate", id), ("reset", id, point)]
    assert sum(people.done.values()) == 1


@pytest.mark.parametrize("candidate", [PAYMENT, REFUND])
async def test_what_its_order_puts_right_is_left_alone(candidate: Candidate) -> None:
    people, server = setting(candidate)

    await act(people, Terminate(candidate.target, seconds=0))

    assert server.requests == [("terminate", candidate.workflow_id)]


async def test_what_cannot_be_put_right_is_a_violation() -> None:
    people, server = setting(ORDER)
    server.refused = {"reset"}

    await act(people, Terminate(Target.ORDER, seconds=0))

    assert people.violations == ["order/o-1 was terminated, and can't be put right: not now"]


async def test_a_paused_activity_goes_on() -> None:
    people, server = setting(PAYMENT)

    await act(people, PauseActivity(seconds=0))

    requests = [(name, "payment/o-1", "charge_card") for name in ("pause", "unpause")]
    assert server.requests == requests
    assert people.done == {"pause of an activity": 1}


async def test_an_activity_that_ended_meanwhile_was_not_paused() -> None:
    people, server = setting(PAYMENT)
    server.pauses = False
    server.refused = {"unpause"}

    await act(people, PauseActivity(seconds=0))

    assert not people.done


async def test_one_pending_activity_is_reset() -> None:
    people, server = setting(ORDER)
    server.activities = ("ship_goods", "fetch_goods")

    await act(people, ResetActivity())

    assert server.requests == [("reset_activity", "order/o-1", "ship_goods")]


async def test_what_is_refused_is_tried_upon_another_and_not_counted() -> None:
    people, server = setting(ORDER)
    server.refused = {"reset"}
    planned = SimpleNamespace(interventions=[SimpleNamespace(intervention=RESET_ORDER)])

    await act(people, RESET_ORDER)

    assert not people.done
    assert people.violations == []
    assert people.without_effect(cast(Any, planned)) == {
        "reset of an order to its first task": "it found nothing to act upon"
    }


async def test_two_never_act_upon_one_order_at_a_time() -> None:
    people, server = setting(ORDER)

    await act(people, Terminate(Target.ORDER, seconds=0.1), RESET_ORDER)

    assert [name for name, *_ in server.requests] == ["terminate", "reset"]
    assert people.done == {"termination of an order": 1}


@pytest.mark.parametrize("planned", [RESET_PAYMENT, Terminate(Target.PAYMENT, seconds=0)])
async def test_a_clock_that_was_moved_is_not_set_back(planned: Intervention) -> None:
    clocks = PaymentClocks(PaymentClock)
    clocks[PAYMENT.order_id].was_moved = True
    people, server = setting(PAYMENT, ALONE, clocks=clocks)

    await act(people, planned)

    assert {id for _, id, *_ in server.requests} == {ALONE.workflow_id}


async def test_an_order_is_reset_whose_payment_has_a_moved_clock() -> None:
    clocks = PaymentClocks(PaymentClock)
    clocks[ORDER.order_id].was_moved = True
    people, server = setting(ORDER, clocks=clocks)

    await act(people, RESET_ORDER)

    assert [name for name, *_ in server.requests] == ["reset"]


async def test_a_clock_is_moved_once_no_operator_acts(monkeypatch: pytest.MonkeyPatch) -> None:
    async def ignore(_response: httpx.Response) -> None:
        pass

    shop = Shop("http://127.0.0.1:1", ignore)

    async def once(call: Call) -> httpx.Response:
        if call.method == "POST":
            server.requests.append(("fast_forward",))
        now, due = "2026-03-02T12:00:00Z", "2026-03-04T12:00:00Z"
        return httpx.Response(200, json={"now": now, "next_reminder_at": due, "deadline": None})

    monkeypatch.setattr(shop, "_once", once)
    people, server = setting(ALONE, clocks=shop.clocks)
    people.begin(Terminate(Target.PAYMENT, seconds=0.1))
    for _ in range(20):
        await asyncio.sleep(0)

    assert await shop.fast_forward(ALONE.order_id, days=1)

    assert [name for name, *_ in server.requests] == ["terminate", "reset", "fast_forward"]
    await people.end()
    await shop.close()


async def test_what_was_acted_upon_least_is_next() -> None:
    people, server = setting(ORDER, ALONE)

    for _ in range(2):
        people.begin(ResetActivity())
        for _ in range(20):
            await asyncio.sleep(0)
    await people.end()

    assert {id for _, id, _ in server.requests} == {"order/o-1", "payment/p-1"}


def test_each_kind_has_its_own_name() -> None:
    kinds = intervention_kinds.ALL_INTERVENTIONS

    assert len({str(kind) for kind in kinds}) == len(kinds)
