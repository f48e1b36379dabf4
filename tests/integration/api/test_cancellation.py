"""Why an order can't be canceled any more."""

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

import httpx
import pytest
from fastapi import FastAPI
from temporalio.client import Client, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from domain.events import GoodsFetched, GoodsShipped, GoodsUnavailable, OrderNotFulfilled
from domain.order import OrderEvent
from domain.statuses import CancellationReason, OrderPolicy
from storage import orders
from storage.database import Database
from tests.integration.api.matrix import WRITTEN
from tests.integration.api.problems import problem_of
from tests.support.examples import NOON, order
from tests.support.fake_temporal import FakeTemporal, FakeWorkflow

SHIPPED = (GoodsFetched(at=NOON), GoodsShipped(at=NOON, shipment_id="s", tracking_number="t"))
ENDED = (
    GoodsUnavailable(at=NOON, sku="pond-lily"),
    OrderNotFulfilled(at=NOON, reason=CancellationReason.GOODS_UNAVAILABLE),
)


async def test_of_an_order_that_has_ended_temporal_is_not_asked(
    app: FastAPI,
    http: httpx.AsyncClient,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []

    async def accepts(_workflow: FakeWorkflow, update: str) -> None:
        asked.append(update)

    monkeypatch.setattr(FakeWorkflow, "execute_update", accepts)
    client = cast("Client", FakeTemporal())
    app.state.context = replace(app.state.context, temporal=client)
    with database.write() as tx:
        orders.place(tx, order(WRITTEN))
        for event in ENDED:
            orders.record(tx, WRITTEN, event)

    problem = problem_of(await http.post(f"/orders/{WRITTEN}/cancel"), 409)

    assert problem["detail"] == "The order can't be canceled any more; it is not_fulfilled."
    assert not asked


@pytest.fixture
def refusing(app: FastAPI, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its workflow takes no cancellation."""
    del http

    async def refuses(_workflow: FakeWorkflow, _update: str) -> None:
        raise WorkflowUpdateFailedError(ApplicationError("", type="TooLateToCancel"))

    monkeypatch.setattr(FakeWorkflow, "execute_update", refuses)
    client = cast("Client", FakeTemporal())
    app.state.context = replace(app.state.context, temporal=client)


@pytest.mark.usefixtures("refusing")
@pytest.mark.parametrize(
    ("events", "cause"),
    [
        # And not that it awaits its payment.
        (SHIPPED, "its goods are on their way"),
        ((GoodsUnavailable(at=NOON, sku="pond-lily"),), "it is canceling"),
    ],
)
async def test_the_cause_is_told(
    http: httpx.AsyncClient, database: Database, events: Sequence[OrderEvent], cause: str
) -> None:
    with database.write() as tx:
        orders.place(tx, order(WRITTEN, policy=OrderPolicy.CHARGE_LATER))
        for event in events:
            orders.record(tx, WRITTEN, event)
    problem = problem_of(await http.post(f"/orders/{WRITTEN}/cancel"), 409)
    assert problem["detail"] == f"The order can't be canceled any more; {cause}."
