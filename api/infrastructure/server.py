"""A web application as a process: settings, socket, shutdown."""

import gc
import logging
import resource
import signal
import socket
import sys
import time
from dataclasses import replace
from functools import partial
from types import FrameType
from typing import Any, NoReturn, cast

import uvicorn
from fastapi import FastAPI

from api.infrastructure.connection_limits import ConnectionLimits, Connections
from api.infrastructure.http_protocol import GuardedProtocol
from api.infrastructure.security_log_file import SecurityLogFile
from config import Settings, read_settings
from temporal.client import check_settings

log = logging.getLogger(__name__)

DRAIN_SECONDS = 10
"""How long running requests may continue after SIGTERM."""

_BACKLOG = 256
"""Connections that are accepted at once."""

_OTHER_FILES = 256
"""Files and sockets that are no clients' connections."""

_NOISY = {
    "asyncio": "socket.accept() out of system resource",
    "uvicorn.error": "",
}
"""Loggers whose warnings strangers can cause, and how the messages begin."""


def initialize() -> Settings:
    """Configure logging and signals of this process, and read its settings.

    Exits with a one-line message if the settings are invalid.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for name, beginning in _NOISY.items():
        logging.getLogger(name).addFilter(OncePerMinute(beginning))
    for stop in (signal.SIGTERM, signal.SIGINT):
        signal.signal(stop, _exit)
    settings = read_settings()
    check_settings()
    _open_security_log(settings.security_log, settings.security_log_megabytes * 1_000_000)
    return settings


def _open_security_log(file: str, max_bytes: int) -> None:
    """Append its entries to that file; without one, to the process's log."""
    if not file:
        return
    try:
        handler = SecurityLogFile(file, max_bytes)
    except OSError as error:
        sys.exit(f"SECURITY_LOG={file} can't be opened: {error.strerror}")
    security = logging.getLogger("security")
    security.addHandler(handler)
    security.propagate = False


def serve(app: FastAPI, name: str, host: str, port: int, settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; then exit with 0. `name` is used in the log."""
    limits = ConnectionLimits.of(settings)
    limits = replace(limits, connections=_allow_files(limits.connections))
    config = uvicorn.Config(
        app,
        http=cast("Any", partial(GuardedProtocol, Connections(limits, settings.proxy_networks))),
        ws="none",
        lifespan="on",
        backlog=_BACKLOG,
        # The application writes its own access log, without paths: a path may contain anything.
        access_log=False,
        log_config=None,
        server_header=False,
        forwarded_allow_ips=[str(proxies) for proxies in settings.proxy_networks],
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )
    # What was imported stays. Each full garbage collection would look at all of it, and every
    # request would wait for a tenth of a second.
    gc.collect()
    gc.freeze()
    # After its shutdown uvicorn raises the signal again, and `_exit` exits with 0.
    uvicorn.Server(config).run([_bind(name, host, port)])


class OncePerMinute(logging.Filter):
    """Lets each warning through once a minute; errors always."""

    def __init__(self, beginning: str) -> None:
        """Of messages with that `beginning`."""
        super().__init__()
        self._beginning = beginning
        self._free_at: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to log it."""
        message = str(record.msg)
        is_limited = self._beginning or record.levelno == logging.WARNING
        if not is_limited or not message.startswith(self._beginning):
            return True
        key = self._beginning or message
        now = time.monotonic()
        if now < self._free_at.get(key, now):
            return False
        self._free_at[key] = now + 60
        return True


def _allow_files(connections: int) -> int:
    """How many connections the system allows; raises the limit of open files for that."""
    others = _BACKLOG + _OTHER_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = connections + others
    if soft != resource.RLIM_INFINITY and soft < needed:
        soft = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        if soft < needed:
            log.warning("MAX_CONNECTIONS is %d here: of %d open files", soft - others, hard)
            return max(1, soft - others)
    return connections


def _bind(name: str, host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With IPPROTO_TCP given: only then asyncio sets TCP_NODELAY, so that small responses are fast.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        sys.exit(f"{name} can't listen on {host}, port {port}: {error.strerror}")
    return listening


def _exit(signum: int, frame: FrameType | None) -> NoReturn:
    del signum, frame
    sys.exit(0)
