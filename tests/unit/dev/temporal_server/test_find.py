"""Which Temporal server is taken, on machines that have one thing or another."""

from pathlib import Path

import pytest

from dev.temporal_server import find
from dev.temporal_server.build import Binaries, pinned_binaries
from dev.temporal_server.find import DevServer, RunningServer, find_server, is_recent
from temporal.errors import ServerUnavailableError

RECENT, OLD = (1, 32, 0), (1, 31, 9)


@pytest.fixture(autouse=True)
def bare_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """No server set, a PATH with nothing but /bin/sh's folder, and a network that gives nothing."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.delenv("TEMPORAL_ADDRESS", raising=False)
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(find, "download_cli", lambda _folder, _limit: None)
    return folder


def program(path: Path, script: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def cli(path: Path, server: tuple[int, int, int]) -> Path:
    version = ".".join(map(str, server))
    return program(path, f"echo 'temporal version 1.7.0 (Server {version}, UI 2.55.0)'")


def built(cache: Path) -> Binaries:
    binaries = pinned_binaries(cache)
    program(binaries.server, "exit 0")
    program(binaries.ui, "exit 0")
    return binaries


def test_a_running_server_comes_first(
    bare_machine: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    cli(bare_machine / "temporal", RECENT)
    monkeypatch.setenv("TEMPORAL_ADDRESS", "temporal.example:7233")
    assert find_server(tmp_path) == RunningServer("temporal.example:7233")


def test_a_recent_cli_on_path_comes_before_one_built(bare_machine: Path, tmp_path: Path) -> None:
    found = cli(bare_machine / "temporal", RECENT)
    built(tmp_path)
    assert find_server(tmp_path) == DevServer(found)


def test_an_old_cli_is_passed_over(bare_machine: Path, tmp_path: Path) -> None:
    cli(bare_machine / "temporal", OLD)
    binaries = built(tmp_path)
    assert find_server(tmp_path) == binaries


def test_a_download_comes_before_a_build(
    bare_machine: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program(bare_machine / "go", "exit 1")
    downloaded = cli(tmp_path / "temporal-sdk-python", RECENT)
    monkeypatch.setattr(find, "download_cli", lambda _folder, _limit: downloaded)
    assert find_server(tmp_path) == DevServer(downloaded)


def test_a_download_is_not_repeated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unwanted(_folder: Path, _limit: float) -> Path:
        raise AssertionError("downloaded again")

    downloaded = cli(tmp_path / "temporal-sdk-python", RECENT)
    monkeypatch.setattr(find, "download_cli", unwanted)
    assert find_server(tmp_path) == DevServer(downloaded)


def test_it_is_built_when_there_is_nothing_else(bare_machine: Path, tmp_path: Path) -> None:
    # A Go that compiles in no time: its last argument but one is the file to write.
    program(bare_machine / "go", 'while [ "$1" != -o ]; do shift; done; : > "$2"')
    assert find_server(tmp_path) == pinned_binaries(tmp_path)
    assert pinned_binaries(tmp_path).exist


def test_a_build_that_fails_says_go_s_last_words(bare_machine: Path, tmp_path: Path) -> None:
    program(bare_machine / "go", "echo first >&2; echo no space left on device >&2; exit 1")
    with pytest.raises(ServerUnavailableError, match="failed: no space left on device"):
        find_server(tmp_path)
    assert not pinned_binaries(tmp_path).exist


@pytest.mark.parametrize("old_cli", [True, False])
def test_without_any_server_there_is_one_line(
    bare_machine: Path, tmp_path: Path, old_cli: bool
) -> None:
    if old_cli:
        cli(bare_machine / "temporal", OLD)
    with pytest.raises(ServerUnavailableError) as caught:
        find_server(tmp_path)
    text = str(caught.value)
    assert "\n" not in text
    assert ("too old" in text) is old_cli


@pytest.mark.parametrize(
    ("script", "recent"),
    [
        ("echo 'temporal version 1.7.0 (Server 1.32.0, UI 2.55.0)'", True),
        ("echo 'temporal version 2.0.0 (Server 2.0.0, UI 3.0.0)'", True),
        ("echo 'temporal version 1.6.1 (Server 1.30.2, UI 2.50.0)'", False),
        ("echo 'something else called temporal'", False),
        ("exit 1", False),
    ],
)
def test_what_counts_as_recent(tmp_path: Path, script: str, recent: bool) -> None:
    assert is_recent(program(tmp_path / "temporal", script)) is recent
