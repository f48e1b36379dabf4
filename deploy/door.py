"""Runs a command that listens on its container's loopback only, with a door to it.

`python -m deploy.door --listen 0.0.0.0:8080 --to 127.0.0.1:8000 -- python -m api` passes what
arrives at one address on to the other, byte by byte. Who may reach the door is for whoever runs the
container to say: publish its port on loopback only. It lives as long as the command and ends as it
ends; SIGTERM and SIGINT are passed on.
"""

import argparse
import asyncio
import signal
import sys
from asyncio import StreamReader, StreamWriter
from collections.abc import Sequence
from contextlib import closing, suppress
from typing import NamedTuple

CHUNK_BYTES = 64 * 1024

LAST_WORDS_SECONDS = 2.0
"""How long answers that are still on their way may take once the command has ended."""


class Address(NamedTuple):
    """Where something listens."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> "Address":
        """`host:port`; raises `ValueError` if it isn't."""
        host, _, port = text.rpartition(":")
        if not host:
            raise ValueError(text)  # asyncio would take it for every interface
        return cls(host, int(port))


class Door:
    """Passes connections on."""

    def __init__(self, to: Address) -> None:
        """Nobody need listen there yet."""
        self._to = to
        self._passing: set[asyncio.Task[None]] = set()

    async def welcome(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Serve one connection until both sides have closed it."""
        if task := asyncio.current_task():
            self._passing.add(task)
            task.add_done_callback(self._passing.discard)
        try:
            inner_reader, inner_writer = await asyncio.open_connection(*self._to)
        except OSError:
            writer.close()
            return
        with closing(inner_writer), closing(writer):
            await asyncio.gather(_pass_on(reader, inner_writer), _pass_on(inner_reader, writer))

    async def empty(self) -> None:
        """Returns once every connection has ended; what takes too long is cut off."""
        if self._passing:
            await asyncio.wait(self._passing, timeout=LAST_WORDS_SECONDS)
        for task in self._passing:
            task.cancel()


async def _pass_on(reader: StreamReader, writer: StreamWriter) -> None:
    # A side that went away without a word ends what is said to it, and so the other side.
    with suppress(OSError):
        while chunk := await reader.read(CHUNK_BYTES):
            writer.write(chunk)
            await writer.drain()
    with suppress(OSError):
        writer.write_eof()


async def run(listen: Address, to: Address, command: Sequence[str]) -> int:
    """The exit status of the command, as a shell counts: 128 and the number for a signal."""
    door = Door(to)
    async with await asyncio.start_server(door.welcome, *listen):
        process = await asyncio.create_subprocess_exec(*command)
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, _pass_signal, process, number)
        status = await process.wait()
        await door.empty()
    return status if status >= 0 else 128 - status


def _pass_signal(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        process.send_signal(number)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m deploy.door", description=__doc__)
    parser.add_argument("--listen", type=Address.parse, required=True, help="host:port of the door")
    parser.add_argument("--to", type=Address.parse, required=True, help="host:port behind the door")
    parser.add_argument("command", nargs="+", help="what to run, after --")
    given = parser.parse_args()
    sys.exit(asyncio.run(run(given.listen, given.to, given.command)))
