"""`python -m dev.temporal_server.launch`: runs a Temporal server until SIGTERM or SIGINT."""

import argparse
import asyncio
import os
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from dev.temporal_server.build import Binaries
from dev.temporal_server.child_processes import ended_with_parent
from dev.temporal_server.find import DevServer, RunningServer, Server, find_server
from dev.temporal_server.start import PORTS, Settings, check_ports, commands
from temporal.errors import ServerUnavailableError
from temporal.register import (
    RetentionTooShortError,
    connect,
    extend_retention,
    register,
    require_retention,
)

# Seconds. A server takes a few to start on a busy machine. One at TEMPORAL_ADDRESS, which is not
# started here, may start much later.
START_LIMIT, RUNNING_SERVER_LIMIT = 60.0, 600.0
# Seconds that the server gets to close its database before it is killed.
STOP_LIMIT = 20.0
HIGHEST_PORT = 65_535
# Seconds that a signal may reach this process later than its children.
SIGNAL_LIMIT = 0.5


def main() -> int:
    """The command line; returns the exit code."""
    options = _options()
    try:
        if not options.build_only and "TEMPORAL_ADDRESS" not in os.environ:
            check_ports(_settings(options))
        server = find_server()
        if not options.build_only:
            asyncio.run(_serve(server, _settings(options)))
    except ServerUnavailableError as error:
        print(error, file=sys.stderr, flush=True)
        return 1
    except KeyboardInterrupt:
        return 0
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m dev.temporal_server.launch", description=__doc__
    )
    parser.add_argument(
        "--port", type=_port(PORTS), default=7233, help="gRPC (7233); the next seven are used too"
    )
    parser.add_argument("--ui-port", type=_port(1), default=8233, help="Web UI (8233)")
    parser.add_argument("--data-dir", type=_folder, default=".data", help="for temporal.db (.data)")
    parser.add_argument(
        "--codec-endpoint", default="", help="URL of the server that decrypts for the Web UI"
    )
    parser.add_argument("--build-only", action="store_true", help="get the server, don't start it")
    return parser.parse_args()


def _port(count: int) -> Callable[[str], int]:
    """The first one of so many ports in a row; raises `ArgumentTypeError`."""
    last = HIGHEST_PORT + 1 - count

    def parse(text: str) -> int:
        if not text.isdecimal() or len(text) > len(str(last)) or not 1 <= int(text) <= last:
            message = f"{text!r} must be a whole number from 1 to {last}"
            raise argparse.ArgumentTypeError(message)
        return int(text)

    return parse


def _folder(text: str) -> Path:
    """Created if missing; raises `ArgumentTypeError`."""
    folder = Path(text)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        message = f"{text!r} must be a folder: {error}"
        raise argparse.ArgumentTypeError(message) from error
    return folder


def _settings(options: argparse.Namespace) -> Settings:
    return Settings(options.port, options.ui_port, options.data_dir, options.codec_endpoint)


async def _serve(server: Server, settings: Settings) -> None:
    """Starts the server, registers what we need, waits for a signal, and stops the server."""
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    children = {} if isinstance(server, RunningServer) else await _start(server, settings)
    tasks = [
        asyncio.create_task(_make_ready(server, settings)),
        asyncio.create_task(_raise_when_one_ends(children, settings, stop)),
    ]
    for task in tasks:
        task.add_done_callback(lambda task: stop.set() if _failed(task) else None)
    try:
        await stop.wait()
    finally:
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        await _stop(children.values())
    for result in results:
        if isinstance(result, Exception):
            raise result


def _failed(task: asyncio.Task[None]) -> bool:
    return not task.cancelled() and task.exception() is not None


async def _start(server: DevServer | Binaries, settings: Settings) -> dict[str, Process]:
    children: dict[str, Process] = {}
    for command in commands(server, settings):
        # Their output matters only if something is wrong: it goes to files.
        with (settings.data_dir / f"{command.name}.log").open("wb") as log:
            children[command.name] = await asyncio.create_subprocess_exec(
                *ended_with_parent(command.arguments),
                env=command.environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=asyncio.subprocess.STDOUT,
            )
    return children


async def _make_ready(server: Server, settings: Settings) -> None:
    if isinstance(server, RunningServer):
        client = await connect(server.address, RUNNING_SERVER_LIMIT)
        await register(client)
        try:
            await require_retention(client)
        except RetentionTooShortError as complaint:
            print(complaint, flush=True)
        print(f"Temporal at {server.address} is ready; it was running already.", flush=True)
    else:
        client = await connect(settings.address, START_LIMIT)
        await register(client)
        await extend_retention(client)
        print(
            f"Temporal is ready at {settings.address}, "
            f"its Web UI at http://127.0.0.1:{settings.ui_port}.",
            flush=True,
        )


async def _raise_when_one_ends(
    children: dict[str, Process], settings: Settings, stop: asyncio.Event
) -> None:
    """Raises ServerUnavailableError when a child ends before `stop` is set; returns at once if
    there are no children.
    """
    waiting = {asyncio.create_task(child.wait()): name for name, child in children.items()}
    if not waiting:
        return
    ended, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    # Ctrl-C in a terminal reaches the children too, perhaps earlier than us: that is no failure.
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), SIGNAL_LIMIT)
        return
    first = ended.pop()
    raise ServerUnavailableError(
        f"{waiting[first]} ended unexpectedly with exit code {first.result()}; "
        f"see {settings.data_dir / waiting[first]}.log."
    )


async def _stop(children: Iterable[Process]) -> None:
    """Stops the children, the newest first; one that takes too long is killed."""
    for child in reversed(list(children)):
        with suppress(ProcessLookupError):
            child.terminate()
        try:
            await asyncio.wait_for(child.wait(), STOP_LIMIT)
        except TimeoutError:
            child.kill()
            await child.wait()


if __name__ == "__main__":
    sys.exit(main())
