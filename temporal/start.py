"""The command lines that start a server, whichever was found."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import assert_never

from temporal.build import HERE, Binaries
from temporal.errors import PortTakenError
from temporal.find import DevServer
from temporal.ports import free_ports, is_free


@dataclass(frozen=True)
class Settings:
    """Where a server listens, on 127.0.0.1, and the folder its `temporal.db` is in."""

    port: int = 7233
    ui_port: int = 8233
    data_dir: Path = Path(".data")

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
    return Command("temporal", arguments, dict(os.environ))


def _server(binaries: Binaries, settings: Settings, database: str) -> Command:
    roles = ("HISTORY", "MATCHING", "WORKER")
    names = [f"TEMPORAL_{role}_PORT" for role in roles]
    names += [f"TEMPORAL_{role}_MEMBERSHIP_PORT" for role in ("FRONTEND", *roles)]
    ports = zip(names, map(str, free_ports(len(names))), strict=True)
    environment = {
        **os.environ,
        **dict(ports),
        "TEMPORAL_FRONTEND_PORT": str(settings.port),
        "TEMPORAL_DATABASE_FILE": database,
        "TEMPORAL_DYNAMIC_CONFIG": str(HERE / "dynamicconfig.yaml"),
    }
    arguments = [
        *(str(binaries.server), "--config-file", str(HERE / "server.yaml")),
        *("--allow-no-auth", "start"),
    ]
    return Command("temporal-server", arguments, environment)


def _web_ui(binaries: Binaries, settings: Settings) -> Command:
    environment = {
        **os.environ,
        "TEMPORAL_FRONTEND_PORT": str(settings.port),
        "TEMPORAL_WEB_UI_PORT": str(settings.ui_port),
    }
    arguments = [str(binaries.ui), "--root", str(HERE), "--config", ".", "--env", "ui", "start"]
    return Command("temporal-ui", arguments, environment)
