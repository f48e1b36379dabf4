"""A web application as a process: settings, socket, shutdown."""

import logging
import signal
import socket
import sys
from logging.handlers import WatchedFileHandler
from types import FrameType
from typing import NoReturn

import uvicorn
from fastapi import FastAPI

from config import Settings, read_settings
from temporal.client import check_settings

DRAIN_SECONDS = 10
"""How long running requests may continue after SIGTERM."""


def initialize() -> Settings:
    """Configure logging and signals of this process, and read its settings.

    Exits with a one-line message if the settings are invalid.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for stop in (signal.SIGTERM, signal.SIGINT):
        signal.signal(stop, _exit)
    settings = read_settings()
    check_settings()
    _open_security_log(settings.security_log)
    return settings


def _open_security_log(file: str) -> None:
    """Append its entries to that file, which may be rotated; without one, to the process's log."""
    if not file:
        return
    try:
        handler = WatchedFileHandler(file, mode="a", encoding="utf-8")
    except OSError as error:
        sys.exit(f"SECURITY_LOG={file} can't be opened: {error.strerror}")
    handler.setFormatter(logging.Formatter("%(message)s"))
    security = logging.getLogger("security")
    security.addHandler(handler)
    security.propagate = False


def serve(app: FastAPI, name: str, host: str, port: int, trusted_proxies: str) -> None:
    """Serve until SIGTERM or SIGINT; then exit with 0. `name` is used in the log."""
    config = uvicorn.Config(
        app,
        # The application writes its own access log, without paths: a path may contain anything.
        access_log=False,
        log_config=None,
        server_header=False,
        forwarded_allow_ips=trusted_proxies,
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )
    # After its shutdown uvicorn raises the signal again, and `_exit` exits with 0.
    uvicorn.Server(config).run([_bind(name, host, port)])


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
