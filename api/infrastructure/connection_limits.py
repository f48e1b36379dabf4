"""The open connections of one server: limits, and who has to leave when it is full."""

import logging
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Protocol

from config import Settings

log = logging.getLogger(__name__)

_SUBNET_BITS = 64
"""One client has at least a subnet of this prefix length (IPv6)."""

_BETWEEN_WARNINGS = timedelta(minutes=1)


@dataclass(frozen=True)
class ConnectionLimits:
    """Durations in seconds, see the settings of the same names; `head_bytes` of a request."""

    connections: int
    connections_per_address: int
    head_seconds: float
    body_seconds: float
    keep_alive_seconds: float
    unread_response_seconds: float
    head_bytes: int = 16_384
    drain_bytes: int = 8 * 1_048_576
    """How much of a request is read and dropped after its response, so that this arrives."""
    drain_seconds: float = 5.0

    @classmethod
    def of(cls, settings: Settings) -> "ConnectionLimits":
        """As the settings say."""
        return cls(
            connections=settings.max_connections,
            connections_per_address=settings.max_connections_per_address,
            head_seconds=settings.request_head_seconds,
            body_seconds=settings.request_body_seconds,
            keep_alive_seconds=settings.keep_alive_seconds,
            unread_response_seconds=settings.unread_response_seconds,
        )


class Connection(Protocol):
    """A client's connection."""

    def evict(self) -> None:
        """Close it without a response."""
        ...


class Connections:
    """A connection either waits, for a request or for the rest of one, or it works on a response.

    If there are too many, the one that has waited longest is closed for the new one. Only if none
    waits, the new one is not admitted.
    """

    def __init__(
        self, limits: ConnectionLimits, proxies: Sequence[IPv4Network | IPv6Network] = ()
    ) -> None:
        """`proxies` may open more connections than one address otherwise may."""
        self.limits = limits
        self._proxies = proxies
        self._addresses: dict[Connection, str] = {}
        self._open = Counter[str]()
        self._waiting: dict[Connection, None] = {}
        self._waiting_of = defaultdict[str, dict[Connection, None]](dict)
        self._rejected = 0
        self._warned_at = -_BETWEEN_WARNINGS.total_seconds()

    def enter(self, connection: Connection, host: str) -> bool:
        """Count a connection of the client at `host`, which waits; False: it is not admitted."""
        address = client_address(host)
        is_over = len(self._addresses) >= self.limits.connections
        is_address_over = self._open[
            address
        ] >= self.limits.connections_per_address and not self._is_proxy(host)
        is_admitted = True
        if is_over or is_address_over:
            waiting = self._waiting_of[address] if is_address_over else self._waiting
            longest = next(iter(waiting), None)
            self._warn(address)
            if longest is None:
                is_admitted = False
            else:
                self.leave(longest)
                longest.evict()
        self._addresses[connection] = address
        self._open[address] += 1
        self.wait(connection)
        return is_admitted

    def leave(self, connection: Connection) -> None:
        """Forget the connection; it may have left before."""
        if connection not in self._addresses:
            return
        self.work(connection)
        address = self._addresses.pop(connection)
        self._open[address] -= 1
        if not self._open[address]:
            del self._open[address]
            self._waiting_of.pop(address, None)

    def wait(self, connection: Connection) -> None:
        """It waits for its client, from now on."""
        if address := self._addresses.get(connection):
            self._waiting[connection] = None
            self._waiting_of[address][connection] = None

    def work(self, connection: Connection) -> None:
        """Its client has sent a whole request."""
        if address := self._addresses.get(connection):
            self._waiting.pop(connection, None)
            self._waiting_of[address].pop(connection, None)

    def _is_proxy(self, host: str) -> bool:
        try:
            return any(ip_address(host) in network for network in self._proxies)
        except ValueError:
            return False

    def _warn(self, address: str) -> None:
        self._rejected += 1
        now = time.monotonic()
        if now - self._warned_at < _BETWEEN_WARNINGS.total_seconds():
            return
        log.warning(
            "too many connections: %d of %d, %d of %d from one address; closed or refused: %d",
            len(self._addresses),
            self.limits.connections,
            self._open[address],
            self.limits.connections_per_address,
            self._rejected,
        )
        self._warned_at = now
        self._rejected = 0


def client_address(host: str) -> str:
    """Names a client; of an IPv6 address only the subnet, which belongs to one client."""
    try:
        address = parse_address(host)
    except ValueError:
        return host or "unknown"
    if isinstance(address, IPv6Address):
        return f"{int(address) >> _SUBNET_BITS:x}::"
    return str(address)


def parse_address(text: str) -> IPv4Address | IPv6Address:
    """The address; IPv4 also for what is mapped to IPv6 (`::ffff:…`). Raises `ValueError`."""
    address = ip_address(text)
    return getattr(address, "ipv4_mapped", None) or address
