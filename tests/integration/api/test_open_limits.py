"""Too many open orders, payments and unpaid pieces of one customer: 429 and 409, and why."""

import asyncio
from dataclasses import dataclass, replace
from typing import Any, Never, cast

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from config import Settings
from storage import tables
from storage.database import Database
from tests.integration.api.problems import problem_of
from tests.support.examples import add_customer
from tests.support.fake_temporal import FakeTemporal, FakeWorkflow

LIMIT = 2
PIECES = 5


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """With small limits, and without virtual clocks."""
    limits = {"open_orders_per_customer": LIMIT, "open_payments_per_customer": LIMIT}
    others = {"unpaid_pieces_per_customer": PIECES, "development_mode": False}
    return settings.model_copy(update=limits | others)


def order(quantity: int = 1, policy: str = "charge_first") -> dict[str, object]:
    """The body of an order of Kermit's."""
    lines = [{"sku": "pond-lily", "quantity": quantity}]
    return {"customer_id": "kermit", "lines": lines, "policy": policy}


def payment(number: int, customer: str = "kermit") -> dict[str, object]:
    """The body of a payment."""
    return {"customer_id": customer, "amount": 2500, "reference": f"invoice-{number}"}


async def test_orders(http: httpx.AsyncClient, temporal: FakeTemporal) -> None:
    key = {"Idempotency-Key": "one"}
    answers = [await http.post("/orders", json=order(), headers=key) for _ in range(3)]
    assert {answer.json()["id"] for answer in answers} == {answers[0].json()["id"]}
    assert (await http.post("/orders", json=order())).status_code == 202
    answer = await http.post("/orders", json=order())
    problem = problem_of(answer, 429)
    assert problem["type"] == "urn:problem-type:limit-reached"
    assert "2 orders of this customer are open" in problem["detail"]
    assert answer.headers["retry-after"] == "60"
    assert (await http.post("/orders", json=order(), headers=key)).status_code == 202
    assert len(temporal.requests) == LIMIT


async def test_concurrent_payments(
    http: httpx.AsyncClient, temporal: FakeTemporal, database: Database
) -> None:
    with database.write() as tx:
        add_customer(tx, "gonzo")
    bodies = [payment(number) for number in range(6)]
    answers = await asyncio.gather(*(http.post("/payments", json=body) for body in bodies))
    assert sorted(answer.status_code for answer in answers) == [202] * LIMIT + [429] * 4
    assert len(temporal.requests) == LIMIT
    answer = await http.post("/payments", json=payment(7, "gonzo"))
    assert answer.status_code == 202


@pytest.mark.parametrize("policy", ["charge_before_shipping", "charge_later"])
async def test_unpaid_pieces(http: httpx.AsyncClient, temporal: FakeTemporal, policy: str) -> None:
    assert (await http.post("/orders", json=order(PIECES - 1, policy))).status_code == 202
    problem = problem_of(await http.post("/orders", json=order(2, policy)), 409)
    assert problem["type"] == "urn:problem-type:conflict"
    assert "4 pieces are held for unpaid orders" in problem["detail"]
    assert (await http.post("/orders", json=order(10 * PIECES))).status_code == 202
    assert len(temporal.requests) == 2


@pytest.mark.parametrize(("path", "body"), [("/orders", order()), ("/payments", payment(1))])
async def test_an_outage_leaves_nothing_counted(
    http: httpx.AsyncClient, database: Database, path: str, body: dict[str, object]
) -> None:
    """As often as that is repeated while Temporal is stopped."""
    for _ in range(LIMIT + 1):
        problem_of(await http.post(path, json=body), 503)
    assert counted(database) == 0


class Silent(FakeTemporal):
    """Answers no start of a workflow, with that status, and knows of none."""

    def __init__(self, status: RPCStatusCode) -> None:
        super().__init__()
        self._status = status

    async def start_workflow(self, *_: object, **__: object) -> Never:
        raise RPCError("", self._status, b"")


async def test_an_order_that_was_accepted_stays_counted_when_its_repetition_fails(
    app: FastAPI, http: httpx.AsyncClient, temporal: FakeTemporal, database: Database
) -> None:
    key = {"Idempotency-Key": "one"}
    assert (await http.post("/orders", json=order(), headers=key)).status_code == 202
    silent = cast("Client", Silent(RPCStatusCode.RESOURCE_EXHAUSTED))
    app.state.context = replace(app.state.context, temporal=silent)
    problem_of(await http.post("/orders", json=order(), headers=key), 503)
    assert counted(database) == len(temporal.requests) == 1


async def test_an_order_that_may_have_started_is_counted(
    app: FastAPI, http: httpx.AsyncClient, database: Database
) -> None:
    silent = cast("Client", Silent(RPCStatusCode.DEADLINE_EXCEEDED))
    app.state.context = replace(app.state.context, temporal=silent)
    problem = problem_of(await http.post("/orders", json=order()), 503)
    assert problem["type"] == "urn:problem-type:outcome-unknown"
    assert counted(database) == 1


class Hanging(FakeTemporal):
    """Begins to start workflows, and never answers."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = asyncio.get_running_loop().create_future()

    async def start_workflow(self, *_: object, **__: object) -> Never:
        self.begun.set_result(None)
        await asyncio.Event().wait()
        raise AssertionError


@pytest.mark.parametrize(("path", "body"), [("/orders", order()), ("/payments", payment(1))])
async def test_a_stop_of_ours_holds_no_place(
    app: FastAPI, http: httpx.AsyncClient, path: str, body: dict[str, object]
) -> None:
    for number in range(LIMIT + 1):
        hanging = Hanging()
        app.state.context = replace(app.state.context, temporal=cast("Client", hanging))
        new = body | ({"reference": f"cut-off-{number}"} if path == "/payments" else {})
        request = asyncio.create_task(http.post(path, json=new))
        await asyncio.wait({request, hanging.begun}, return_when=asyncio.FIRST_COMPLETED)
        request.cancel()
        problem_of(await request, 503)
    app.state.context = replace(app.state.context, temporal=cast("Client", FakeTemporal()))
    for number in range(LIMIT):
        new = body | ({"reference": f"repeated-{number}"} if path == "/payments" else {})
        assert (await http.post(path, json=new)).status_code == 202
    problem_of(await http.post(path, json=body), 429)


def counted(database: Database) -> int:
    """The orders and payments that count as open."""
    with database.read() as tx:
        return tx.execute(select(func.count()).select_from(tables.admissions)).scalar_one()


@dataclass
class DoubtfulTemporal(FakeTemporal):
    """Breaks the connection while it starts a workflow, and is unavailable until `is_back`."""

    starts: bool = False
    is_back: bool = False
    status: WorkflowExecutionStatus = WorkflowExecutionStatus.RUNNING

    async def start_workflow(
        self, workflow: str, input: object, *, id: str, **options: Any
    ) -> FakeWorkflow:
        """Raises `RPCError`, whether or not it starts the workflow."""
        if self.is_back or self.starts:
            started = await super().start_workflow(workflow, input, id=id, **options)
            if self.is_back:
                return started
        raise RPCError("", RPCStatusCode.UNAVAILABLE, b"")

    def get_workflow_handle(self, id: str) -> FakeWorkflow:
        """One whose state is known only when Temporal is available again."""
        workflow = FakeWorkflow if self.is_back else UnknownWorkflow
        return workflow(self, id, self.status)


class UnknownWorkflow(FakeWorkflow):
    """Temporal does not say whether it exists."""

    async def describe(self) -> Never:
        """Raises `RPCError`."""
        raise RPCError("", RPCStatusCode.UNAVAILABLE, b"")


def use(app: FastAPI, temporal: DoubtfulTemporal) -> DoubtfulTemporal:
    """Let the application use that Temporal from now on."""
    app.state.context = replace(app.state.context, temporal=cast("Client", temporal))
    return temporal


@dataclass(frozen=True)
class Way:
    """To reach a limit: requests that are admitted, one after the other, and one that is not."""

    path: str
    admitted: tuple[dict[str, object], ...]
    further: dict[str, object]
    refusal: int


HOLDING = order(PIECES - 1, "charge_later")
WAYS = [
    Way("/orders", (order(), order()), order(), 429),
    Way("/payments", (payment(1), payment(2)), payment(3), 429),
    Way("/orders", (HOLDING,), order(2, "charge_later"), 409),
]
TO_A_LIMIT = pytest.mark.parametrize("way", WAYS, ids=["orders", "payments", "pieces"])


async def reach_limit(http: httpx.AsyncClient, way: Way) -> None:
    """During an outage, in which nobody can know what is open."""
    for body in way.admitted:
        problem = problem_of(await http.post(way.path, json=body), 503)
        assert problem["type"] == "urn:problem-type:outcome-unknown"
    problem = problem_of(await http.post(way.path, json=way.further), 503)
    assert problem["type"] == "urn:problem-type:dependency-away"


@TO_A_LIMIT
async def test_what_an_outage_did_not_start_counts_no_more_when_it_is_over(
    app: FastAPI, http: httpx.AsyncClient, way: Way
) -> None:
    temporal = use(app, DoubtfulTemporal())
    await reach_limit(http, way)
    temporal.is_back = True
    for body in way.admitted:
        assert (await http.post(way.path, json=body)).status_code == 202
    problem_of(await http.post(way.path, json=way.further), way.refusal)


@TO_A_LIMIT
async def test_what_was_started_in_an_outage_counts(
    app: FastAPI, http: httpx.AsyncClient, way: Way
) -> None:
    temporal = use(app, DoubtfulTemporal(starts=True))
    await reach_limit(http, way)
    temporal.is_back = True
    for _ in range(3):
        problem_of(await http.post(way.path, json=way.further), way.refusal)
    assert len(temporal.requests) == len(way.admitted)


@TO_A_LIMIT
async def test_what_ended_before_it_was_written_does_not_count(
    app: FastAPI, http: httpx.AsyncClient, way: Way
) -> None:
    """An operator terminated the workflows."""
    ended = WorkflowExecutionStatus.TERMINATED
    temporal = use(app, DoubtfulTemporal(starts=True, status=ended))
    await reach_limit(http, way)
    temporal.is_back = True
    assert (await http.post(way.path, json=way.further)).status_code == 202


async def test_the_same_order_again_is_not_doubtful(app: FastAPI, http: httpx.AsyncClient) -> None:
    temporal = use(app, DoubtfulTemporal())
    keys = [{"Idempotency-Key": str(number)} for number in range(LIMIT)]
    for key in keys * 2:
        problem_of(await http.post("/orders", json=order(), headers=key), 503)
    temporal.is_back = True
    for key in keys:
        assert (await http.post("/orders", json=order(), headers=key)).status_code == 202
    problem_of(await http.post("/orders", json=order()), 429)
