"""The command line and the HTTP server of a simulator."""

import argparse
import math
import signal
import socket
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit

import uvicorn
from starlette.types import ASGIApp

_LAST_PORT = 65_535
_LONGEST = 366 * 86_400


def arguments(description: str, port: int) -> argparse.ArgumentParser:
    """A parser of the arguments that all simulators take; `port` is the default HTTP port."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    parser.add_argument("--host", type=_host, default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=port_number, default=port, help="HTTP port")
    parser.add_argument(
        "--db", type=_database_file, required=True, help="the SQLite file to store everything in"
    )
    return parser


def _host(text: str) -> str:
    """One that has an address; without any, everybody could connect."""
    try:
        found = socket.getaddrinfo(text, None)
    except (OSError, ValueError):  # a name that is too long is a UnicodeError
        found = []
    if not text or not found:
        message = f"{text!r} must be a host name or an address of this machine"
        raise argparse.ArgumentTypeError(message)
    return text


def seconds(text: str) -> float:
    """From 0 to a year; raises `ArgumentTypeError`."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value <= _LONGEST:
        message = f"{text!r} must be a number of seconds from 0 to {_LONGEST}"
        raise argparse.ArgumentTypeError(message)
    return value


def http_url(text: str) -> str:
    """Of http:// or https://, with a host; raises `ArgumentTypeError`."""
    try:
        parts = urlsplit(text)
        is_url = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_url = False
    if not is_url:
        message = f"{text!r} must be a URL such as http://host:port/path"
        raise argparse.ArgumentTypeError(message)
    return text


def port_number(text: str) -> int:
    """The port; raises `ArgumentTypeError`."""
    if not text.isdecimal() or len(text) > len(str(_LAST_PORT)) or int(text) > _LAST_PORT:
        message = f"{text!r} must be a whole number from 0 to {_LAST_PORT}"
        raise argparse.ArgumentTypeError(message)
    return int(text)


def _database_file(text: str) -> Path:
    file = Path(text)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("PRAGMA schema_version")
    except (OSError, sqlite3.Error) as error:
        message = f"{text!r} must be a file of SQLite's: {error}"
        raise argparse.ArgumentTypeError(message) from error
    return file


def listening(host: str, port: int) -> socket.socket:
    """A socket for connections; exits with a line that says why there is none."""
    try:
        return socket.create_server((host, port))
    except OSError as error:
        sys.exit(f"Can't listen on {host}, port {port}: {error.strerror}")


def serve(app: ASGIApp, host: str, port: int) -> None:
    """Serves until SIGTERM or SIGINT, then exits with 0; requests in progress get one second."""
    for number in (signal.SIGTERM, signal.SIGINT):
        # uvicorn raises the signal again once it has shut down.
        signal.signal(number, _leave)
    uvicorn.run(
        app,
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        # Longer than clients keep idle connections, so that they close them, not this server.
        timeout_keep_alive=75,
        timeout_graceful_shutdown=1,
    )


def _leave(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(0)
