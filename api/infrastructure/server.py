"""A web application as a process: its settings, its socket, and its end."""

import logging
import signal
import socket
import sys
from types import FrameType
from typing import NoReturn

import uvicorn
from fastapi import FastAPI
from pydantic import ValidationError

from config import Settings

DRAIN_SECONDS = 10
"""How long requests under way may go on after SIGTERM."""


def begin() -> Settings:
    """The settings of this process, which logs and ends as processes of ours do.

    If they are wrong it ends here, with one line.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for stop in (signal.SIGTERM, signal.SIGINT):
        signal.signal(stop, _exit)
    try:
        return Settings()
    except ValidationError as error:
        faults = [_readable(".".join(map(str, e["loc"])).upper(), e["msg"]) for e in error.errors()]
        sys.exit("; ".join(faults))


def serve(app: FastAPI, what: str, host: str, port: int, trusted_proxies: str) -> None:
    """Serve until told to stop; then exit with 0. `what` is its name, for who reads the log."""
    config = uvicorn.Config(
        app,
        # The application writes its own access log: one without paths, which may hold anything.
        access_log=False,
        log_config=None,
        server_header=False,
        forwarded_allow_ips=trusted_proxies,
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )
    # Having stopped, uvicorn raises the signal again: `_exit` then makes it a proper end.
    uvicorn.Server(config).run([_listening(what, host, port)])


def _readable(setting: str, message: str) -> str:
    message = message.removeprefix("Value error, ")
    return f"{setting}: {message}" if setting else message


def _listening(what: str, host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP: asyncio sends small answers at once (TCP_NODELAY) only on sockets that are.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        sys.exit(f"{what} can't listen on {host}, port {port}: {error.strerror}")
    return listening


def _exit(signum: int, frame: FrameType | None) -> NoReturn:
    del signum, frame
    sys.exit(0)
