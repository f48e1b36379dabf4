"""The command line and the HTTP server of a simulator."""

import argparse
import signal
import sys
from pathlib import Path
from types import FrameType

import uvicorn
from starlette.types import ASGIApp


def arguments(description: str, port: int) -> argparse.ArgumentParser:
    """A parser of the arguments that all simulators take; `port` is the default HTTP port."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=port, help="HTTP port")
    parser.add_argument(
        "--db", type=Path, required=True, help="the SQLite file to store everything in"
    )
    return parser


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
