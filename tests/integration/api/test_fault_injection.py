"""Injected faults: at the real simulator, with a worker that a real supervisor runs."""

import asyncio
import sqlite3
import sys
from collections.abc import AsyncGenerator, Generator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from xmlrpc.client import ServerProxy

import httpx
import pytest
from supervisor.xmlrpc import SupervisorTransport  # pyright: ignore[reportMissingTypeStubs]

from api.app import create_app
from api.dev import audit, routes
from api.dev.fault_catalog import FaultName
from api.dev.fault_injection import FaultInjector
from api.errors import DependencyUnavailableError, NotSupportedError
from config import Settings
from storage.database import Database
from storage.migrate import migrate
from tests.integration.api.problems import fields_of, problem_of
from tests.support.fake_fault_injection import fake_audit
from tests.support.processes import answers, eventually, free_port, running
from tests.support.simulator_fixtures import (
    cards,
    cards_process,
    carrier,
    carrier_process,
    mailbox,
    mailbox_process,
)
from tests.support.simulators import Simulator
from tests.support.supervisors import supervising

__all__ = [
    "cards",
    "cards_process",
    "carrier",
    "carrier_process",
    "mailbox",
    "mailbox_process",
]

PROGRAMS = """
[program:worker]
command = sleep 3600
startsecs = 0
autorestart = true
[program:database_lock]
command = {python} -m dev.database_lock
autostart = false
startsecs = 0
environment = DATABASE_URL="sqlite:///{folder}/locked.db",SETTINGS_FILE=""
"""


@pytest.fixture(scope="module")
def stack_socket() -> Generator[str]:
    """Of a supervisor that runs something by the name of worker."""
    with supervising(PROGRAMS) as socket:
        migrate(f"sqlite:///{Path(socket).with_name('locked.db')}")
        yield socket


@pytest.fixture
def in_stack(
    settings: Settings, cards: Simulator, carrier: Simulator, mailbox: Simulator, stack_socket: str
) -> Generator[Settings]:
    """The settings of a process in such a stack."""
    here = {
        "stripe_api_base": cards.url,
        "carrier_url": carrier.url,
        "stack_socket": stack_socket,
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MAILBOX_PORT", mailbox.url.rpartition(":")[2])
        yield settings.model_copy(update=here)


@pytest.fixture
async def dev(in_stack: Settings, database: Database) -> AsyncGenerator[httpx.AsyncClient]:
    """A client of the application in such a stack."""
    del database
    app = create_app(in_stack)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://localhost") as client,
    ):
        yield client


@contextmanager
def supervisor_of(socket: str) -> Generator[Any]:
    """Supervisor's XML-RPC interface."""
    transport = SupervisorTransport(None, None, f"unix://{socket}")
    with ServerProxy("http://127.0.0.1", transport=transport) as proxy:
        yield proxy.supervisor


def on(answer: httpx.Response) -> set[str]:
    """The faults that are on."""
    assert answer.is_success, answer.text
    faults = answer.json()["troubles"]
    assert all(fault["title"] and fault["expect"] for fault in faults)
    return {fault["name"] for fault in faults if fault["on"]}


@pytest.mark.parametrize(
    ("simulator", "faults"),
    [
        (
            "cards",
            {"cards_down": "down", "cards_slow": "slow", "cards_lose_answers": "lose_answer"},
        ),
        (
            "carrier",
            {
                "carrier_down": "down",
                "carrier_slow": "slow",
                "carrier_loses_answers": "lose_answer",
            },
        ),
        ("mailbox", {"mail_down": "down", "mail_loses_answers": "lose_answer"}),
    ],
)
async def test_a_simulator_has_one_trouble_at_a_time(
    dev: httpx.AsyncClient,
    request: pytest.FixtureRequest,
    simulator: str,
    faults: dict[str, str],
) -> None:
    service: Simulator = request.getfixturevalue(simulator)
    assert on(await dev.get("/dev/troubles")) == set()
    for name, mode in faults.items():
        assert on(await dev.put(f"/dev/troubles/{name}", json={"on": True})) == {name}
        assert service.fault_mode() == mode
    first, *_, last = faults
    # Ending one that is over does not end the one that is there.
    assert on(await dev.put(f"/dev/troubles/{first}", json={"on": False})) == {last}
    assert on(await dev.put(f"/dev/troubles/{last}", json={"on": False})) == set()


async def test_only_faults_of_one_simulator_exclude_each_other(dev: httpx.AsyncClient) -> None:
    listed = (await dev.get("/dev/troubles")).json()["troubles"]
    groups: dict[str | None, set[str]] = {}
    for fault in listed:
        groups.setdefault(fault["excludes"], set()).add(fault["name"].split("_")[0])
    alone = groups.pop(None)
    assert sorted(groups.values(), key=str) == [{"cards"}, {"carrier"}, {"mail"}]
    assert {"database", "worker", "mailer", "api", "temporal"} <= alone
    kills = {fault["name"] for fault in listed if fault["momentary"]}
    assert kills == {name for name in FaultName if name.endswith("_killed")}
    for name in ("cards_down", "carrier_down", "mail_down"):
        await dev.put(f"/dev/troubles/{name}", json={"on": True})
    assert on(await dev.get("/dev/troubles")) == {"cards_down", "carrier_down", "mail_down"}
    assert on(await dev.delete("/dev/troubles")) == set()


async def test_the_database_is_locked_for_writing_only(
    dev: httpx.AsyncClient, stack_socket: str
) -> None:
    file = Path(stack_socket).with_name("locked.db")

    def is_locked() -> bool:
        with closing(sqlite3.connect(file, timeout=0, isolation_level=None)) as other:
            assert other.execute("SELECT count(*) FROM orders").fetchone() == (0,)
            try:
                other.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                return True
        return False

    assert not is_locked()
    locked = await dev.put("/dev/troubles/database_locked", json={"on": True})
    assert on(locked) == {"database_locked"}
    await asyncio.to_thread(eventually, is_locked, "the lock")
    assert on(await dev.delete("/dev/troubles")) == set()
    assert not is_locked()


async def test_a_killed_process_is_restarted(dev: httpx.AsyncClient, stack_socket: str) -> None:
    with supervisor_of(stack_socket) as rpc:
        before = rpc.getProcessInfo("worker")["pid"]
        assert on(await dev.put("/dev/troubles/worker_killed", json={"on": True})) == set()
        after = rpc.getProcessInfo("worker")
    assert after["statename"] == "RUNNING"
    assert after["pid"] not in (0, before)


async def test_what_is_not_running_is_not_killed(dev: httpx.AsyncClient) -> None:
    await dev.put("/dev/troubles/worker_stopped", json={"on": True})
    killed = await dev.put("/dev/troubles/worker_killed", json={"on": True})
    assert "worker is not running" in problem_of(killed, 409)["detail"]
    assert on(await dev.delete("/dev/troubles")) == set()


async def test_a_simulator_that_does_not_answer_has_no_fault(
    settings: Settings, stack_socket: str
) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    here = {"stripe_api_base": nowhere, "carrier_url": nowhere, "stack_socket": stack_socket}
    injector = FaultInjector(settings.model_copy(update=here))
    assert await injector.active() == set()
    with pytest.raises(DependencyUnavailableError, match="the carrier"):
        await injector.inject(FaultName.CARRIER_DOWN)


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


async def test_a_verdict_holds_until_something_changes(
    http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "run_audit", fake_audit)
    report = (await http.post("/dev/audit")).json()
    assert (await http.get("/dev/audit")).json() == {"changes": report["changes"]}
    customer = {"id": "rowlf", "name": "Rowlf", "email": "rowlf@example.com"}
    assert (await http.post("/customers", json=customer)).status_code == 201
    assert (await http.get("/dev/audit")).json()["changes"] > report["changes"]


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
