"""`python -m api` as a process."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from domain.events import PaymentReceived
from storage import orders
from storage.database import Database
from tests.support.examples import NOON, add_customer, order
from tests.support.processes import REPOSITORY, answers, free_port, running

ID = "6a1f8e9e-5d9e-4a53-9d53-0f0a3f0a9e21"
COMMAND = [sys.executable, "-m", "api"]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Settings of an API on a port and a database of its own."""
    return {
        "API_PORT": str(free_port()),
        "DATABASE_URL": f"sqlite:///{tmp_path}/orders.db",
        "TEMPORAL_ADDRESS": f"127.0.0.1:{free_port()}",
    }


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_starts_migrates_and_stops(environment: dict[str, str], stop: signal.Signals) -> None:
    url = f"http://127.0.0.1:{environment['API_PORT']}"
    with running(COMMAND, ready=answers(f"{url}/products"), env=environment) as api:
        assert httpx.get(f"{url}/products", trust_env=False).json() == {"products": []}
        # A client connected, or tried to, must not keep the process from ending well.
        assert httpx.post(f"{url}/dev", trust_env=False).status_code == 404
        assert httpx.get(f"{url}/readyz", trust_env=False).status_code == 503
        api.process.send_signal(stop)
        assert api.process.wait(20) == 0
        assert "/readyz 503" in api.log()


def test_a_stream_goes_on_until_the_server_stops(environment: dict[str, str]) -> None:
    url = f"http://127.0.0.1:{environment['API_PORT']}"
    with running(COMMAND, ready=answers(f"{url}/products"), env=environment) as api:
        database = Database(environment["DATABASE_URL"])
        with database.write() as tx:
            add_customer(tx)
            orders.place(tx, order(ID))
        with httpx.stream(
            "GET",
            f"{url}/orders/{ID}/events",
            headers={"Accept": "text/event-stream"},
            trust_env=False,
        ) as stream:
            lines = stream.iter_lines()
            assert next(lines) == "id: 1"
            with database.write() as tx:
                orders.record(tx, ID, PaymentReceived(at=NOON))
            assert "id: 2" in lines
            api.process.send_signal(signal.SIGTERM)
            assert not any(line.startswith("id:") for line in lines)
        database.close()
        assert api.process.wait(20) == 0


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.1", "example.com"])
def test_lets_no_strangers_in(environment: dict[str, str], host: str) -> None:
    line = _refused(environment | {"API_HOST": host})
    assert f"API_HOST={host}" in line
    assert "AUTH=none" in line


def test_wrong_settings(environment: dict[str, str]) -> None:
    line = _refused(environment | {"CURRENCY": "euro", "API_PORT": "secret"})
    assert "CURRENCY" in line
    assert "API_PORT" in line
    assert "secret" not in line


def test_a_port_that_is_taken(environment: dict[str, str]) -> None:
    url = f"http://127.0.0.1:{environment['API_PORT']}"
    with running(COMMAND, ready=answers(f"{url}/products"), env=environment):
        assert environment["API_PORT"] in _refused(environment)


def _refused(environment: dict[str, str]) -> str:
    """The line that the process ends with, having failed."""
    ended = subprocess.run(
        COMMAND,
        cwd=REPOSITORY,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    return ended.stderr.strip().splitlines()[-1]
