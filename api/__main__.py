"""`python -m api`: serve the REST API until SIGTERM, having migrated the database."""

import logging
import signal
import socket
import sys
from functools import partial
from types import FrameType
from typing import NoReturn

import uvicorn
from pydantic import ValidationError

from api.app import create_app
from config import Settings
from storage.migrate import migrate

DRAIN_SECONDS = 10
"""How long requests under way may go on after SIGTERM."""


def main() -> None:
    """Serve until told to stop; then exit with 0."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for stop in (signal.SIGTERM, signal.SIGINT):
        signal.signal(stop, _exit)
    settings = _settings()
    config = uvicorn.Config(
        create_app(settings, prepare=partial(migrate, settings.database_url)),
        # The application writes its own access log: one without paths, which may hold anything.
        access_log=False,
        log_config=None,
        server_header=False,
        forwarded_allow_ips=settings.trusted_proxies,
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )
    # Having stopped, uvicorn raises the signal again: `_exit` then makes it a proper end.
    uvicorn.Server(config).run([_listening(settings)])


def _settings() -> Settings:
    try:
        return Settings()
    except ValidationError as error:
        faults = [_readable(".".join(map(str, e["loc"])).upper(), e["msg"]) for e in error.errors()]
        sys.exit("; ".join(faults))


def _readable(setting: str, message: str) -> str:
    message = message.removeprefix("Value error, ")
    return f"{setting}: {message}" if setting else message


def _listening(settings: Settings) -> socket.socket:
    host, port = settings.api_host, settings.api_port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP: asyncio sends small answers at once (TCP_NODELAY) only on sockets that are.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        sys.exit(f"The API can't listen on {host}, port {port}: {error.strerror}")
    return listening


def _exit(signum: int, frame: FrameType | None) -> NoReturn:
    del signum, frame
    sys.exit(0)


if __name__ == "__main__":
    main()
