"""The command lines that start a server, a built one or the CLI's."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import assert_never

from dev.temporal_server.build import HERE, Binaries
from dev.temporal_server.find import DevServer
from dev.temporal_server.ports import is_free
from temporal.errors import PortTakenError

# How many consecutive ports a built server uses: one for clients, and those between its roles.
PORTS = 8


@dataclass(frozen=True)
class Settings:
    """The ports of a server on 127.0.0.1, and the folder of its `temporal.db`.

    The server uses the seven ports after `port` too.
    """

    port: int = 7233
    ui_port: int = 8233
    data_dir: Path = Path(".data")
    codec_endpoint: str = ""
    """URL of the codec server that decrypts payloads for the Web UI; empty: they stay encrypted."""

    @property
    def address(self) -> str:
        """The address for clients."""
        return f"127.0.0.1:{self.port}"


@dataclass(frozen=True)
class Command:
    """A process to start."""

    name: str
    arguments: list[str]
    environment: dict[str, str]


def check_ports(settings: Settings) -> None:
    """Raises PortTakenError if the port of the server or of its Web UI is taken."""
    for port, purpose in ((settings.port, "Temporal"), (settings.ui_port, "Temporal Web UI")):
        if not is_free(port):
            raise PortTakenError(port, purpose)


def commands(server: DevServer | Binaries, settings: Settings) -> list[Command]:
    """The processes to start; creates the data folder if it is missing."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    database = str((settings.data_dir / "temporal.db").resolve())
    match server:
        case DevServer():
            return [_dev_server(server, settings, database)]
        case Binaries():
            return [_server(server, settings, database), _web_ui(server, settings)]
        case _:
            assert_never(server)


def _dev_server(server: DevServer, settings: Settings, database: str) -> Command:
    arguments = [
        *(str(server.cli), "server", "start-dev", "--ip", "127.0.0.1", "--log-level", "warn"),
        *("--port", str(settings.port), "--ui-port", str(settings.ui_port)),
        *("--db-filename", database),
        *("--sqlite-pragma", "journal_mode=wal", "--sqlite-pragma", "synchronous=1"),
        *("--dynamic-config-value", "frontend.WorkflowTimeSkippingEnabled=true"),
    ]
    if settings.codec_endpoint:
        arguments += ["--ui-codec-endpoint", settings.codec_endpoint]
    return Command("temporal", arguments, dict(os.environ))


def _server(binaries: Binaries, settings: Settings, database: str) -> Command:
    environment = {
        **os.environ,
        **_ports_of_roles(settings),
        "TEMPORAL_FRONTEND_PORT": str(settings.port),
        "TEMPORAL_DATABASE_FILE": database,
        "TEMPORAL_DYNAMIC_CONFIG": str(HERE / "dynamicconfig.yaml"),
    }
    arguments = [
        *(str(binaries.server), "--config-file", str(HERE / "server.yaml")),
        *("--allow-no-auth", "start"),
    ]
    return Command("temporal-server", arguments, environment)


def _ports_of_roles(settings: Settings) -> dict[str, str]:
    """The ports after the server's own, as environment variables. Raises PortTakenError.

    They are the same every time: with new ones after a crash, the roles wait for their predecessors
    at the old ones, and stopping takes 10 s instead of 1.
    """
    names = [f"TEMPORAL_{role}_PORT" for role in ("HISTORY", "MATCHING", "WORKER")]
    names += [
        f"TEMPORAL_{role}_MEMBERSHIP_PORT" for role in ("FRONTEND", "HISTORY", "MATCHING", "WORKER")
    ]
    ports = dict(zip(names, range(settings.port + 1, settings.port + PORTS), strict=True))
    for name, port in ports.items():
        if not is_free(port):
            raise PortTakenError(port, name)
    return {name: str(port) for name, port in ports.items()}


def _web_ui(binaries: Binaries, settings: Settings) -> Command:
    environment = {
        **os.environ,
        "TEMPORAL_FRONTEND_PORT": str(settings.port),
        "TEMPORAL_WEB_UI_PORT": str(settings.ui_port),
        "TEMPORAL_CODEC_ENDPOINT": settings.codec_endpoint,
    }
    arguments = [str(binaries.ui), "--root", str(HERE), "--config", ".", "--env", "ui", "start"]
    return Command("temporal-ui", arguments, environment)
