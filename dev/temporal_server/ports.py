"""Free loopback ports."""

import random
import socket

# Below the range from which operating systems take the ports of outgoing connections.
FIRST, LAST = 10_000, 30_000


def is_free(port: int) -> bool:
    """Whether a server could listen on 127.0.0.1:`port` now."""
    with socket.socket() as probe:
        # As servers do, so that connections of an earlier process in TIME_WAIT do not matter.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_ports(count: int) -> list[int]:
    """`count` consecutive ports that are free now."""
    while True:
        first = random.randrange(FIRST, LAST - count)  # noqa: S311 - no secret  # nosec B311
        ports = list(range(first, first + count))
        if all(map(is_free, ports)):
            return ports
