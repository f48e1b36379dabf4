"""Finds a Temporal server, or gets one; docs/decisions.md explains the order."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from dev.temporal_server.build import CACHE, Binaries, build, pinned_binaries
from dev.temporal_server.download import download_cli, downloaded_cli
from temporal.errors import ServerUnavailableError

# The first server that can skip time per workflow.
OLDEST_SERVER = (1, 32)
# Seconds that a download may take; less with Go, which can build the server if the network is down.
DOWNLOAD_LIMIT, DOWNLOAD_LIMIT_WITHOUT_GO = 60.0, 300.0


@dataclass(frozen=True)
class RunningServer:
    """A server that already runs, at TEMPORAL_ADDRESS: nothing is started."""

    address: str


@dataclass(frozen=True)
class DevServer:
    """The `temporal` CLI, whose `server start-dev` is server and Web UI in one."""

    cli: Path


Server = RunningServer | DevServer | Binaries


def find_server(cache: Path = CACHE) -> Server:
    """The first of these: a running server, a CLI on PATH, the built server, a downloaded CLI, the
    server built now.

    Raises ServerUnavailableError, with one line that says what is missing.
    """
    if address := os.environ.get("TEMPORAL_ADDRESS"):
        return RunningServer(address)
    on_path = shutil.which("temporal")
    if on_path and is_recent(Path(on_path)):
        return DevServer(Path(on_path))
    if (built := pinned_binaries(cache)).exist:
        return built
    has_go = shutil.which("go") is not None
    cli = downloaded_cli(cache) or download_cli(
        cache, DOWNLOAD_LIMIT if has_go else DOWNLOAD_LIMIT_WITHOUT_GO
    )
    if cli and is_recent(cli):
        return DevServer(cli)
    if has_go:
        return build(cache)
    raise ServerUnavailableError(_what_is_missing(on_path, cli))


def is_recent(cli: Path) -> bool:
    """Whether the server in this CLI is 1.32 or newer, by the output of `--version`:
    `temporal version 1.7.0 (Server 1.32.0, …)`.
    """
    try:
        answer = subprocess.run(
            [cli, "--version"], capture_output=True, text=True, timeout=30, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return False
    version = re.search(r"Server (\d+)\.(\d+)", answer)
    return version is not None and (int(version[1]), int(version[2])) >= OLDEST_SERVER


def _what_is_missing(on_path: str | None, downloaded: Path | None) -> str:
    wanted = ".".join(map(str, OLDEST_SERVER))
    return (
        "No Temporal server: the temporal command on PATH is "
        f"{'too old' if on_path else 'missing'}, "
        f"its download {'is too old' if downloaded else 'failed'}, "
        "and there is no Go to build it with. "
        f"Install Go or a temporal CLI with server {wanted} or newer, or set TEMPORAL_ADDRESS."
    )
