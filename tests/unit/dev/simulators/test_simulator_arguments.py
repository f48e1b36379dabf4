"""Arguments of the simulators that can't be used are refused in one line."""

import runpy
import socket
import sys
from pathlib import Path

import pytest

from dev.simulators.server import arguments, listening


@pytest.mark.parametrize("port", ["-1", "65536", "x", "", "8101.5", "9" * 5000])
def test_a_port_that_is_none(port: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        arguments("", 8101).parse_args(["--db", str(tmp_path / "x.db"), "--port", port])
    line = f"error: argument --port: {port!r} must be a whole number from 0 to 65535\n"
    assert capsys.readouterr().err.endswith(line)


@pytest.mark.parametrize("host", ["", "a b", "x" * 300, "a\0b", "nonsense.invalid"])
def test_a_host_without_an_address(
    host: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        arguments("", 8101).parse_args(["--db", str(tmp_path / "x.db"), f"--host={host}"])
    line = f"argument --host: {host!r} must be a host name or an address of this machine\n"
    assert capsys.readouterr().err.endswith(line)


@pytest.mark.parametrize(
    ("argument", "wrong", "rule"),
    [
        ("--key-window", ["nan", "inf", "-1", "x", "", "1e400"], "a number of seconds from 0 to "),
        ("--search-lag", ["nan", "inf", "-1", "x", "", "1e400"], "a number of seconds from 0 to "),
        ("--webhook-url", ["", "x", "ftp://x", "http://", "http://a:b"], "a URL such as "),
        ("--settlement-currency", ["", "x", "euros"], "choice: "),
    ],
)
def test_what_the_card_provider_can_not_use(  # noqa: PLR0913, PLR0917  a row of the table
    argument: str,
    wrong: list[str],
    rule: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for text in wrong:
        given = ["program", "--db", str(tmp_path / "x.db"), f"{argument}={text}"]
        monkeypatch.setattr(sys, "argv", given)
        with pytest.raises(SystemExit, match="2"):
            runpy.run_module("dev.simulators.cards.__main__")
        last = capsys.readouterr().err.splitlines()[-1]
        assert f"argument {argument}: " in last
        assert rule in last


@pytest.mark.parametrize("db", ["", "folder", "text", "text/x.db", "/proc/orders/x.db"])
def test_a_file_that_is_no_database(
    db: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "text").write_text("no database " * 100)
    with pytest.raises(SystemExit, match="2"):
        arguments("", 8101).parse_args(["--db", db])
    last = capsys.readouterr().err.splitlines()[-1]
    assert f"argument --db: {db!r} must be a file of SQLite's: " in last


def test_a_new_file_in_a_new_folder(tmp_path: Path) -> None:
    file = tmp_path / "new" / "x.db"
    assert arguments("", 8101).parse_args(["--db", str(file)]).db == file


def test_a_port_that_is_in_use() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(SystemExit, match=rf"^Can't listen on 127\.0\.0\.1, port {port}: "):
            listening("127.0.0.1", port)
