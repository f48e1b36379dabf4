"""Injected faults: at the real simulator, with a worker that a real supervisor runs."""

import asyncio
import subprocess
import sys
import tempfile
from collections.abc import AsyncGenerator, Generator
from pathlib import Path

import httpx
import pytest

from api.app import create_app
from api.dev import audit
from api.dev.fault_injection import FaultInjector, FaultName
from api.errors import DependencyUnavailableError, NotSupportedError
from config import Settings
from storage.database import Database
from tests.integration.api.problems import fields_of, problem_of
from tests.support.processes import answers, eventually, free_port, running
from tests.support.simulator_fixtures import cards, cards_process
from tests.support.simulators import Simulator

__all__ = ["cards", "cards_process"]

CONFIGURATION = """
[supervisord]
nodaemon = true
silent = true
logfile = {folder}/log
pidfile = {folder}/pid
[unix_http_server]
file = {folder}/socket
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[program:worker]
command = sleep 3600
startsecs = 0
"""


@pytest.fixture(scope="module")
def stack_socket() -> Generator[str]:
    """Of a supervisor that runs something by the name of worker."""
    with tempfile.TemporaryDirectory(prefix="supervisor-") as folder:  # its path must be short
        configuration = Path(folder) / "conf"
        configuration.write_text(CONFIGURATION.format(folder=folder))
        command = [sys.executable, "-m", "supervisor.supervisord", "-c", str(configuration)]
        with subprocess.Popen(command) as supervisord:
            try:
                socket = Path(folder) / "socket"
                eventually(socket.exists, "supervisor's socket")
                yield str(socket)
            finally:
                supervisord.terminate()


@pytest.fixture
async def dev(
    settings: Settings, database: Database, cards: Simulator, stack_socket: str
) -> AsyncGenerator[httpx.AsyncClient]:
    """A client of the application in such a stack."""
    del database
    here = {"stripe_api_base": cards.url, "stack_socket": stack_socket}
    app = create_app(settings.model_copy(update=here))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://localhost") as client,
    ):
        yield client


def on(answer: httpx.Response) -> set[str]:
    """The faults that are on."""
    assert answer.is_success, answer.text
    faults = answer.json()["troubles"]
    assert all(fault["title"] and fault["expect"] for fault in faults)
    return {fault["name"] for fault in faults if fault["on"]}


async def test_the_card_provider_has_one_trouble_at_a_time(
    dev: httpx.AsyncClient, cards: Simulator
) -> None:
    assert on(await dev.get("/dev/troubles")) == set()
    for name, mode in (
        ("cards_down", "down"),
        ("cards_slow", "slow"),
        ("cards_lose_answers", "lose_answer"),
    ):
        assert on(await dev.put(f"/dev/troubles/{name}", json={"on": True})) == {name}
        assert cards.fault_mode() == mode
    # Ending one that is over does not end the one that is there.
    assert on(await dev.put("/dev/troubles/cards_down", json={"on": False})) == {
        "cards_lose_answers"
    }
    assert on(await dev.put("/dev/troubles/cards_lose_answers", json={"on": False})) == set()


async def test_trouble_that_somebody_else_made_is_seen(
    dev: httpx.AsyncClient, cards: Simulator
) -> None:
    cards.fault("slow", seconds=1)
    assert on(await dev.get("/dev/troubles")) == {"cards_slow"}


async def test_the_worker_is_stopped_and_started(dev: httpx.AsyncClient) -> None:
    for _ in range(2):  # again changes nothing
        stopped = await dev.put("/dev/troubles/worker_stopped", json={"on": True})
        assert on(stopped) == {"worker_stopped"}
    for _ in range(2):
        assert on(await dev.put("/dev/troubles/worker_stopped", json={"on": False})) == set()


async def test_one_request_removes_all_faults(dev: httpx.AsyncClient) -> None:
    await dev.put("/dev/troubles/worker_stopped", json={"on": True})
    both = await dev.put("/dev/troubles/cards_down", json={"on": True})
    assert on(both) == {"worker_stopped", "cards_down"}
    for _ in range(2):
        assert on(await dev.delete("/dev/troubles")) == set()


async def test_an_unknown_fault_is_refused(dev: httpx.AsyncClient) -> None:
    assert fields_of(await dev.put("/dev/troubles/fire", json={"on": True})) == {"name"}
    for body in ({}, {"on": "yes"}, {"on": 1}):
        assert fields_of(await dev.put("/dev/troubles/cards_down", json=body)) == {"on"}


async def test_without_a_stack_no_fault_is_injected(http: httpx.AsyncClient) -> None:
    problem = problem_of(await http.get("/dev/troubles"), 501)
    assert "make run" in problem["detail"]


async def test_another_card_provider_than_the_simulator_is_left_alone(
    settings: Settings, stack_socket: str, tmp_path: Path
) -> None:
    """A server of files, which knows nothing of faults."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"]
    injector = FaultInjector(
        settings.model_copy(update={"stripe_api_base": url, "stack_socket": stack_socket})
    )
    with pytest.raises(DependencyUnavailableError):
        await injector.inject(FaultName.CARDS_DOWN)
    with (
        running([*command, "--directory", str(tmp_path)], ready=answers(url)),
        pytest.raises(NotSupportedError, match="STRIPE_API_BASE"),
    ):
        await injector.inject(FaultName.CARDS_DOWN)


async def test_the_audit(
    dev: httpx.AsyncClient, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Temporal and the simulators are unavailable, which the report says."""
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    report = (await dev.post("/dev/audit")).json()
    assert report["verdict"] == audit.Verdict.UNREADABLE
    assert report["summary"].startswith("Cannot read")


async def test_one_audit_at_a_time(
    dev: httpx.AsyncClient, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is a process: concurrent requests do not start several."""
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    given = await asyncio.gather(*(dev.post("/dev/audit") for _ in range(5)))
    refused = [answer for answer in given if answer.status_code != 200]
    assert len(refused) == 4
    for answer in refused:
        assert "running" in problem_of(answer, 409)["detail"]
    assert (await dev.post("/dev/audit")).status_code == 200
