"""The command lines that start a server, whichever was found."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import assert_never

from dev.temporal_server.build import HERE, Binaries
from dev.temporal_server.find import DevServer
from dev.temporal_server.ports import is_free
from temporal.errors import PortTakenError

# How many ports in a row a built server takes: the one for clients, and those its roles use among
# themselves.
PORTS = 8


@dataclass(frozen=True)
class Settings:
    """Where a server listens, on 127.0.0.1, and the folder its `temporal.db` is in.

    The seven ports after `port` are the server's too.
    """

    port: int = 7233
    ui_port: int = 8233
    data_dir: Path = Path(".data")
    codec_endpoint: str = ""
    """Of the server that decrypts for people who look at the Web UI; without one, it shows what
    there is.
    """

    @property
    def address(self) -> str:
        """Where clients find it."""
        return f"127.0.0.1:{self.port}"


@dataclass(frozen=True)
class Command:
    """A process to start."""

    name: str
    arguments: list[str]
    environment: dict[str, str]


def check_ports(settings: Settings) -> None:
    """Raises PortTakenError if somebody listens where the server or its Web UI should."""
    for port, purpose in ((settings.port, "Temporal"), (settings.ui_port, "Temporal Web UI")):
        if not is_free(port):
            raise PortTakenError(port, purpose)


def commands(server: DevServer | Binaries, settings: Settings) -> list[Command]:
    """What to start; its state is kept in the data folder, which is made if need be."""
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
        **_ports_among_roles(settings),
        "TEMPORAL_FRONTEND_PORT": str(settings.port),
        "TEMPORAL_DATABASE_FILE": database,
        "TEMPORAL_DYNAMIC_CONFIG": str(HERE / "dynamicconfig.yaml"),
    }
    arguments = [
        *(str(binaries.server), "--config-file", str(HERE / "server.yaml")),
        *("--allow-no-auth", "start"),
    ]
    return Command("temporal-server", arguments, environment)


def _ports_among_roles(settings: Settings) -> dict[str, str]:
    """The ports after the server's own, the same ones every time.

    With others after each crash, the roles would wait for their dead predecessors: stopping took 10
    s instead of 1.
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
