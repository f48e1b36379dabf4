"""The event chain's endpoints: the services are processes, which a real supervisor runs."""

import asyncio
import os
import sys
from collections.abc import AsyncGenerator, Generator
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.app import create_app
from config import Settings
from storage.database import Database
from tests.integration.api.problems import fields_of, problem_of
from tests.support.processes import LIMIT_SECONDS, REPOSITORY, free_port
from tests.support.supervisors import supervising

SUPERVISORD = REPOSITORY / "dev" / "stack" / "supervisord.conf"
CHAIN = "; The event chain"
"""Where its programs begin in the stack's configuration."""

SERVICES = ("payment", "inventory", "shipment")


@pytest.fixture
def stack_socket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[str]:
    """Of a supervisor that has the chain's programs, as `make run` has them."""
    monkeypatch.setenv("STACK_FOLDER", str(tmp_path))
    (tmp_path / "logs").mkdir()
    environment = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "CHAIN_CARDS_PORT": str(free_port()),
        "CHAIN_CARRIER_PORT": str(free_port()),
    }
    programs = SUPERVISORD.read_text().partition(CHAIN)[2]
    with supervising(f"\n;{programs}", environment) as socket:
        yield socket


@pytest.fixture
async def dev(
    settings: Settings, database: Database, stack_socket: str
) -> AsyncGenerator[httpx.AsyncClient]:
    """A client of the application in such a stack."""
    del database
    app = create_app(settings.model_copy(update={"stack_socket": stack_socket}))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://localhost") as client,
    ):
        yield client


def body(answer: httpx.Response) -> Any:
    assert answer.is_success, answer.text
    return answer.json()


def running(state: dict[str, Any]) -> list[str]:
    return [one["service"] for one in state["services"] if one["running"]]


async def switch(dev: httpx.AsyncClient, *services: str, on: bool) -> list[str]:
    """The services that run then."""
    for service in services:
        await dev.put(f"/dev/choreography/services/{service}", json={"on": on})
    return running(body(await dev.get("/dev/choreography")))


async def place(dev: httpx.AsyncClient, card: str) -> int:
    return body(await dev.post("/dev/choreography/orders", json={"card": card}))["number"]


async def events(dev: httpx.AsyncClient, number: int) -> list[str]:
    state = body(await dev.get("/dev/choreography"))
    [order] = [one for one in state["orders"] if one["number"] == number]
    return [event["type"] for event in order["events"]]


async def reaches(dev: httpx.AsyncClient, number: int, *expected: str) -> None:
    """Returns when the order has these events after OrderPlaced."""
    async with asyncio.timeout(LIMIT_SECONDS):
        while (found := await events(dev, number)) != ["OrderPlaced", *expected]:
            assert len(found) <= len(expected), found
            await asyncio.sleep(0.1)


async def answers(dev: httpx.AsyncClient, number: int) -> dict[str, list[str] | None]:
    found = body(await dev.get(f"/dev/choreography/orders/{number}"))
    assert found["number"] == number
    assert all(one["running"] == (one["appended"] is not None) for one in found["answers"])
    return {one["service"]: one["appended"] for one in found["answers"]}


async def test_orders_of_the_chain(dev: httpx.AsyncClient) -> None:
    """Started on demand, one service down in the middle, a decline, and the other wiring."""
    state = body(await dev.get("/dev/choreography"))
    assert (running(state), state["wiring"], state["orders"]) == ([], "charge_first", [])

    # Nothing runs yet: the order waits in the log.
    order = await place(dev, "good")
    assert order == 17
    assert await answers(dev, order) == dict.fromkeys(SERVICES)
    assert await switch(dev, "payment", "shipment", on=True) == ["payment", "shipment"]
    await reaches(dev, order, "PaymentReceived")
    assert await answers(dev, order) == {
        "payment": ["PaymentReceived"],
        "inventory": None,
        "shipment": [],
    }
    assert await switch(dev, "inventory", on=True) == list(SERVICES)
    charged_first = ("PaymentReceived", "GoodsFetched", "GoodsShipped", "OrderFulfilled")
    await reaches(dev, order, *charged_first)

    declined = await place(dev, "declined")
    await reaches(dev, declined, "CreditCardFailed")

    state = body(await dev.put("/dev/choreography/wiring", json={"wiring": "charge_later"}))
    assert state["wiring"] == "charge_later"
    later = await place(dev, "good")
    await reaches(dev, later, "GoodsFetched", "GoodsShipped", "PaymentReceived", "OrderFulfilled")
    # The former one is where it was, and newest are first.
    assert await events(dev, declined) == ["OrderPlaced", "CreditCardFailed"]
    state = body(await dev.get("/dev/choreography"))
    assert [one["number"] for one in state["orders"]] == [19, 18, 17]

    assert await switch(dev, *SERVICES, on=False) == []
    for _ in range(2):  # again changes nothing
        assert await switch(dev, "payment", on=False) == []


async def test_the_change_is_read_from_the_code(dev: httpx.AsyncClient) -> None:
    change = body(await dev.get("/dev/choreography/change"))
    assert [one["service"] for one in change["chain"] if one["touched"]] == list(SERVICES)
    assert change["order_service"]["file"] == "domain/order.py"
    [first, later] = change["order_service"]["rows"]
    assert later["text"].startswith("OrderPolicy.CHARGE_LATER")
    assert first["line"] < later["line"]


async def test_what_is_not_there(dev: httpx.AsyncClient) -> None:
    assert "18" in problem_of(await dev.get("/dev/choreography/orders/18"), 404)["detail"]
    for number in ("0", "-1", "many", str(2**31)):
        answer = await dev.get(f"/dev/choreography/orders/{number}")
        assert fields_of(answer) == {"number"}
    answer = await dev.put("/dev/choreography/services/worker", json={"on": False})
    assert fields_of(answer) == {"service"}
    answer = await dev.put("/dev/choreography/wiring", json={"wiring": "never"})
    assert fields_of(answer) == {"wiring"}
    answer = await dev.post("/dev/choreography/orders", json={"card": "stolen"})
    assert fields_of(answer) == {"card"}


async def test_a_log_that_cant_be_read(dev: httpx.AsyncClient, tmp_path: Path) -> None:
    (tmp_path / "choreography").write_text("This is no folder.")
    assert "event chain" in problem_of(await dev.get("/dev/choreography"), 503)["detail"]


async def test_without_a_stack_there_is_no_chain(http: httpx.AsyncClient) -> None:
    assert "make run" in problem_of(await http.get("/dev/choreography"), 501)["detail"]
