from typing import Any, cast

import httpx
import pytest
from temporalio.client import Client

from verification.bench.contenders import peer
from verification.bench.contenders.peer import Peer
from verification.bench.errors import InvalidMeasurementError

URLS = {"order": "http://order", "shipment": "http://shipment"}


class GoApplication:
    """Knows an order's shipment only at the second attempt; its orders end with `status`."""

    def __init__(self, status: str = "completed", answer: int = 201) -> None:
        self.paths: list[str] = []
        self._status = status
        self._answer = answer

    def respond(self, request: httpx.Request) -> httpx.Response:
        self.paths.append(request.url.path)
        if request.url.host == "order":
            return httpx.Response(self._answer)
        return httpx.Response(404 if self.paths.count(request.url.path) == 1 else 200)

    def get_workflow_handle(self, id: str) -> Any:
        assert id.startswith("Order:bench-")
        return self

    async def result(self) -> dict[str, str]:
        return {"status": self._status}


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peer, "POLL_SECONDS", 0)


def measured(application: GoApplication) -> Peer:
    http = httpx.AsyncClient(transport=httpx.MockTransport(application.respond))
    return Peer(http, cast("Client", application), URLS)


async def test_an_order_is_dispatched_and_delivered_as_soon_as_its_shipment_is_known() -> None:
    application = GoApplication()
    contender = measured(application)
    await contender.order()
    [placed, *shipped] = application.paths
    assert placed == "/orders"
    # Once in vain, then dispatched, then delivered.
    assert len(shipped) == 3
    assert len(contender.seconds_to_start) == 1


@pytest.mark.parametrize(
    ("application", "complaint"),
    [
        (GoApplication(status="failed"), "is failed"),
        (GoApplication(answer=500), "answers POST /orders with 500"),
    ],
)
async def test_an_order_that_is_not_completed_is_no_measurement(
    application: GoApplication, complaint: str
) -> None:
    with pytest.raises(InvalidMeasurementError, match=complaint):
        await measured(application).order()


async def test_an_api_that_does_not_answer_is_no_measurement(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(peer, "START_LIMIT", 0.01)
    with pytest.raises(InvalidMeasurementError, match=r"peer-api\.log"):
        await measured(GoApplication(answer=503)).until_ready()
