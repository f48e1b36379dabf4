"""The ports of the processes, on 127.0.0.1."""

import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Self

from dev.temporal_server.ports import free_ports, is_free
from dev.temporal_server.start import PORTS as TEMPORAL_PORTS

HIGHEST_PORT = 65_535


@dataclass(frozen=True)
class Ports:
    """The defaults are those of the documentation; `variables` names the environment variables."""

    api: int = 8000
    temporal: int = 7233
    """gRPC; the roles of the server use the seven after it among themselves."""
    temporal_ui: int = 8233
    codec: int = 8081
    cards: int = 8101
    carrier: int = 8102
    smtp: int = 8103
    mailbox: int = 8104
    chain_cards: int = 8105
    chain_carrier: int = 8106
    """Of the event chain, which has simulators of its own: see docs/choreography.md."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """The ports that the environment sets, and else the defaults.

        Ends the process, with a line that says why, if one is no port.
        """
        names = [field.name for field in fields(cls)]
        return cls(
            **{
                name: _port(v, environment[v])
                for name in names
                if (v := f"{name.upper()}_PORT") in environment
            }
        )

    @classmethod
    def free(cls) -> Self:
        """Ports that are free now."""
        names = [field.name for field in fields(cls) if field.name != "temporal"]
        temporal, *others = free_ports(TEMPORAL_PORTS + len(names))
        return cls(temporal=temporal, **dict(zip(names, others[TEMPORAL_PORTS - 1 :], strict=True)))

    @property
    def variables(self) -> dict[str, str]:
        """The ports as environment variables: `API_PORT`, `TEMPORAL_PORT` and so on."""
        return {f"{name.upper()}_PORT": str(port) for name, port in asdict(self).items()}

    def taken(self, *, but: Iterable[str] = ()) -> dict[str, int]:
        """The ports that are taken, by environment variable; those in `but` are not checked."""
        ports = {name: int(port) for name, port in self.variables.items() if name not in but}
        return {name: port for name, port in ports.items() if not is_free(port)}


def _port(variable: str, text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= HIGHEST_PORT:
        sys.exit(f"{variable}={text} must be a whole number from 1 to {HIGHEST_PORT}.")
    return int(text)
