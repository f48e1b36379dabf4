"""A Temporal server for tests and benchmarks, with its own ports and folder."""

import io
import os
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import IO

from dev.temporal_server.build import HERE
from dev.temporal_server.child_processes import ended_with_parent
from dev.temporal_server.ports import free_ports
from dev.temporal_server.start import PORTS, Settings
from temporal.errors import ServerUnavailableError

# Seconds; includes the server's graceful shutdown.
STOP_LIMIT = 30.0


class TemporalServer:
    """A server started by `python -m dev.temporal_server.launch`; can be killed, and started again
    on the same database file.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.address = settings.address
        self.ui_url = f"http://127.0.0.1:{settings.ui_port}"
        self._process: subprocess.Popen[str] | None = None
        self._reader: Thread | None = None

    @property
    def pid(self) -> int:
        """The process id of the launcher, whose children are the server and its Web UI."""
        return self._running().pid

    def start(self) -> None:
        """Starts it and waits until it is ready; builds it first if necessary.

        Raises ServerUnavailableError, with the launcher's last line, if that fails.
        """
        arguments = [
            *(sys.executable, "-m", "dev.temporal_server.launch"),
            *("--port", str(self.settings.port)),
            *("--ui-port", str(self.settings.ui_port)),
            *("--data-dir", str(self.settings.data_dir.resolve())),
        ]
        process = self._process = subprocess.Popen(
            ended_with_parent(arguments, signal.SIGTERM),
            cwd=HERE.parents[1],
            env={name: value for name, value in os.environ.items() if name != "TEMPORAL_ADDRESS"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        output, line = process.stdout or io.StringIO(), ""
        for line in output:
            if line.startswith("Temporal is ready"):
                self._reader = Thread(target=_drain, args=(output,), daemon=True)
                self._reader.start()
                return
        output.close()
        process.wait()
        raise ServerUnavailableError(line.strip())

    def kill(self) -> None:
        """SIGKILL to the launcher, the server and its Web UI; clients see a power cut."""
        process = self._running()
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if self._reader:
            self._reader.join()

    def stop(self) -> None:
        """Stops it gracefully; does nothing if it was killed.

        Raises RuntimeError if its exit code is not 0.
        """
        process = self._running()
        if process.poll() is None:
            process.terminate()
            try:
                code = process.wait(STOP_LIMIT)
            except subprocess.TimeoutExpired:
                self.kill()
                raise
            if self._reader:
                self._reader.join()
            if code:
                raise RuntimeError(f"The Temporal server's launcher ended with exit code {code}.")

    def _running(self) -> subprocess.Popen[str]:
        if self._process is None:
            raise RuntimeError("The Temporal server was not started.")
        return self._process


def _drain(output: IO[str]) -> None:
    """Reads the rest of the output and ignores it: a full pipe would stop the launcher."""
    with output:
        output.read()


@contextmanager
def temporal_server(
    data_dir: Path, *, port: int | None = None, ui_port: int | None = None
) -> Generator[TemporalServer]:
    """A server with its state in `data_dir`, ready when the block begins and stopped at its end; on
    free ports by default.
    """
    free = free_ports(PORTS + 1)
    server = TemporalServer(Settings(port or free[0], ui_port or free[-1], data_dir))
    server.start()
    try:
        yield server
    finally:
        server.stop()
