"""Settings: how the API and the codec server treat their clients' connections."""

from ipaddress import IPv4Network, IPv6Network
from typing import Annotated

from pydantic import Field

from config.section import MAPPED, Networks, Section, parse_network, split

Seconds = Annotated[float, Field(ge=0.1, le=3_600, allow_inf_nan=False)]


class HttpServer(Section):
    """Limits and deadlines of connections, and the proxies in front."""

    trusted_proxies: Networks = ""
    """Addresses or networks, separated by commas, whose `X-Forwarded-For` is trusted. All clients
    behind any other proxy share that proxy's address, and its limits.
    """

    max_connections: Annotated[int, Field(ge=10, le=50_000)] = 1_000
    """Limit of open connections of a process. Beyond it, the one that has waited for a request
    longest is closed; if none waits, only `/healthz` and `/readyz` are served.
    """

    max_connections_per_address: Annotated[int, Field(ge=1, le=50_000)] = 500
    """The same per client address; trusted proxies are exempt."""

    request_head_seconds: Seconds = 10.0
    """How long a client may take to send a request's target and headers."""

    request_body_seconds: Seconds = 30.0
    """How long a client may take to send a request's body."""

    keep_alive_seconds: Seconds = 75.0
    """How long a connection stays open without a request; longer than a balancer in front reuses
    connections, often 60 seconds.
    """

    unread_response_seconds: Seconds = 30.0
    """How long a client may leave a response unread."""

    @property
    def proxy_networks(self) -> list[IPv4Network | IPv6Network]:
        """`trusted_proxies`, parsed; those of IPv4 also as a socket for both versions has them."""
        networks = [parse_network(proxy) for proxy in split(self.trusted_proxies)]
        mapped = [_mapped(network) for network in networks if isinstance(network, IPv4Network)]
        return [*networks, *mapped]


def _mapped(network: IPv4Network) -> IPv6Network:
    address = int(MAPPED.network_address) + int(network.network_address)
    return IPv6Network((address, MAPPED.prefixlen + network.prefixlen))
