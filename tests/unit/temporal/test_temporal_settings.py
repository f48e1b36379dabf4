"""Temporal's own settings, and the worker's metrics: what can't be used is refused in one line."""

import re
import socket

import pytest

from temporal.client import check_settings
from temporal.runtime import own_runtime


@pytest.fixture(autouse=True)
def no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing but what the test sets."""
    monkeypatch.setenv("TEMPORAL_CONFIG_FILE", "/dev/null")


@pytest.mark.parametrize(
    "address",
    [
        *("x", "h:99999", "h:0", "h:", ":7233", "h:x", "[zz]:1", "[::1:1", "a%b:1", "http://h:1"),
        *("a b:1", "h:1/x", "a@b:1", "h:\N{ARABIC-INDIC DIGIT ONE}", "\N{SUPERSCRIPT TWO}:\u00b2"),
    ],
)
def test_an_address_that_is_none(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("TEMPORAL_ADDRESS", address)
    line = f"TEMPORAL_ADDRESS={address} must be host:port, such as 127.0.0.1:7233."
    with pytest.raises(SystemExit, match=f"^{re.escape(line)}$"):
        check_settings()


@pytest.mark.parametrize("address", ["h:1", "my_service:7233", "[::1]:7233", "a.b-c.example:65535"])
def test_an_address(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("TEMPORAL_ADDRESS", address)
    check_settings()


@pytest.mark.parametrize("half", ["CERT", "KEY"])
def test_half_of_a_client_certificate(monkeypatch: pytest.MonkeyPatch, half: str) -> None:
    monkeypatch.setenv(f"TEMPORAL_TLS_CLIENT_{half}_DATA", "x")
    with pytest.raises(SystemExit, match=r"^TEMPORAL_TLS_CLIENT_CERT_.* need each other\.$"):
        check_settings()


def test_metrics_where_another_process_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        address = f"127.0.0.1:{other.getsockname()[1]}"
        with pytest.raises(SystemExit, match=f"^METRICS_ADDRESS={address} can't be used: .*in use"):
            own_runtime(address)
