"""Too many open orders, payments and unpaid pieces of one customer: 429 and 409, and why."""

import asyncio
from dataclasses import replace
from typing import Never, cast

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from config import Settings
from storage import tables
from storage.database import Database
from tests.integration.api.problems import problem_of
from tests.support.examples import add_customer
from tests.support.fake_temporal import FakeTemporal

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


def counted(database: Database) -> int:
    """The orders and payments that count as open."""
    with database.read() as tx:
        return tx.execute(select(func.count()).select_from(tables.admissions)).scalar_one()
