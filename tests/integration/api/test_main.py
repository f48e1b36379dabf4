"""`python -m api` as a process."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from config import Auth, Settings
from dev.tokens import AUDIENCE, ISSUER, OF_A_CUSTOMER, Mint
from domain.events import PaymentReceived
from storage import orders
from storage.database import Database
from storage.migrate import migrate
from tests.support.examples import NOON, add_customer, order
from tests.support.processes import LIMIT_SECONDS, REPOSITORY, answers, free_port, running

ID = "6a1f8e9e-5d9e-4a53-9d53-0f0a3f0a9e21"
TRUST = {
    "jwt_keys": "https://issuer.example/jwks.json",
    "jwt_issuer": ISSUER,
    "jwt_audience": AUDIENCE,
}
COMMAND = [sys.executable, "-m", "api"]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Settings of an API on a port and a database of its own."""
    url = f"sqlite:///{tmp_path}/orders.db"
    migrate(url)
    return {
        "API_PORT": str(free_port()),
        "DATABASE_URL": url,
        "TEMPORAL_ADDRESS": f"127.0.0.1:{free_port()}",
    }


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_starts_and_stops(environment: dict[str, str], stop: signal.Signals) -> None:
    url = f"http://127.0.0.1:{environment['API_PORT']}"
    with running(COMMAND, ready=answers(f"{url}/products"), env=environment) as api:
        assert httpx.get(f"{url}/products", trust_env=False, timeout=60).json() == {"products": []}
        # A client connected, or tried to, must not keep the process from ending well.
        assert httpx.post(f"{url}/dev", trust_env=False, timeout=60).status_code == 404
        assert httpx.get(f"{url}/readyz", trust_env=False, timeout=60).status_code == 503
        api.process.send_signal(stop)
        assert api.process.wait(LIMIT_SECONDS) == 0
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
            timeout=60,
        ) as stream:
            lines = stream.iter_lines()
            assert next(lines) == "id: 1"
            with database.write() as tx:
                orders.record(tx, ID, PaymentReceived(at=NOON))
            assert "id: 2" in lines
            api.process.send_signal(signal.SIGTERM)
            assert not any(line.startswith("id:") for line in lines)
        database.close()
        assert api.process.wait(LIMIT_SECONDS) == 0


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.1", "example.com"])
def test_lets_no_strangers_in(environment: dict[str, str], host: str) -> None:
    line = _refused(environment | {"API_HOST": host})
    assert f"API_HOST={host}" in line
    assert "AUTH=none" in line


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.1", "example.com"])
def test_with_tokens_it_may_listen_beyond_loopback(host: str) -> None:
    settings = Settings.model_validate({"api_host": host, "auth": Auth.JWT} | TRUST)
    assert settings.api_host == host


def test_who_is_let_in_and_what_they_bring(environment: dict[str, str], tmp_path: Path) -> None:
    """Bodies that are not read to their end are in nobody's way."""
    url = f"http://127.0.0.1:{environment['API_PORT']}"
    mint = Mint(tmp_path / "tokens")
    barred = environment | {
        "AUTH": "jwt",
        "JWT_KEYS": str(mint.jwks),
        "JWT_ISSUER": ISSUER,
        "JWT_AUDIENCE": AUDIENCE,
    }
    long = b" " * 1_000_000
    with running(COMMAND, ready=answers(f"{url}/healthz"), env=barred) as api:
        token = mint.token("kermit", OF_A_CUSTOMER)
        headers = {"Authorization": f"Bearer {token}"}
        with httpx.Client(base_url=url, trust_env=False, timeout=60) as http:
            assert http.get("/products").status_code == 401
            for given, status in (({}, 401), (headers, 413)):
                for content in (long, iter([long])):
                    answer = http.post("/orders", content=content, headers=given)
                    assert answer.status_code == status
            assert http.get("/healthz").status_code == 200
        assert token.split(".")[2] not in api.log()


@pytest.mark.parametrize("host", ["127.0.0.1", "::ffff:127.0.0.1"])
@pytest.mark.parametrize(
    ("trusted", "answered"),
    [("", {200, 429}), ("127.0.0.1", {200}), ("::ffff:127.0.0.1", {200}), ("::1", {200, 429})],
)
def test_only_trusted_proxies_say_where_a_request_comes_from(
    environment: dict[str, str], trusted: str, answered: set[int], host: str
) -> None:
    """Asked three times, as between two of them a minute may end.

    A socket of IPv6 shows a proxy of IPv4 as `::ffff:127.0.0.1`.
    """
    url = f"http://127.0.0.1:{environment['API_PORT']}/ui-config"
    few = {
        "REQUESTS_PER_MINUTE_AND_ADDRESS": "1",
        "TRUSTED_PROXIES": trusted,
        "API_HOST": host,
        "ALLOW_UNAUTHENTICATED_REMOTE_ACCESS": "true",
    }

    def asks(address: str) -> int:
        headers = {"X-Forwarded-For": address}
        return httpx.get(url, headers=headers, trust_env=False, timeout=60).status_code

    def accepts() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", int(environment["API_PORT"]))) == 0

    with running(COMMAND, ready=accepts, env=environment | few):
        assert {asks(f"10.0.0.{number}") for number in range(3)} == answered


@pytest.mark.parametrize(
    ("missing", "complaint"),
    [
        ({"JWT_KEYS": ""}, "JWT_KEYS"),
        ({"JWT_ISSUER": ""}, "JWT_ISSUER"),
        ({"JWT_AUDIENCE": ""}, "JWT_AUDIENCE"),
        ({"JWT_KEYS": "http://issuer.example/jwks.json"}, "https://"),
    ],
)
def test_whom_to_trust_must_be_said(
    environment: dict[str, str], missing: dict[str, str], complaint: str
) -> None:
    barred = {"AUTH": "jwt"} | {name.upper(): text for name, text in TRUST.items()}
    assert complaint in _refused(environment | barred | missing)


def test_wrong_settings(environment: dict[str, str]) -> None:
    line = _refused(environment | {"CURRENCY": "euro", "API_PORT": "secret"})
    assert "CURRENCY" in line
    assert "API_PORT" in line
    assert "API_PORT=secret must be a whole number" in line


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
        timeout=2 * LIMIT_SECONDS,
        check=False,
    )
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    return ended.stderr.strip().splitlines()[-1]
