"""Loopback ports: which are free, and those that the server's roles use among themselves."""

import random
import socket

# Below the range that operating systems hand to outgoing connections, which could take a port in
# between.
FIRST, LAST = 10_000, 30_000


def is_free(port: int) -> bool:
    """Whether something could listen on 127.0.0.1:`port` now."""
    with socket.socket() as probe:
        # As servers do: connections that an earlier process left in TIME_WAIT are no hindrance.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_ports(count: int) -> list[int]:
    """`count` neighbouring ports that nobody listens on now."""
    while True:
        first = random.randrange(FIRST, LAST - count)  # noqa: S311 - nothing secret about it  # nosec B311
        ports = list(range(first, first + count))
        if all(map(is_free, ports)):
            return ports
