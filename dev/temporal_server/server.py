"""A Temporal server for tests and benchmarks, on ports and in a folder of its own."""

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
from dev.temporal_server.child_processes import dying_with_us
from dev.temporal_server.ports import free_ports
from dev.temporal_server.start import PORTS, Settings
from temporal.errors import ServerUnavailableError

# Seconds. Stopping includes the server's own graceful end.
STOP_LIMIT = 30.0


class TemporalServer:
    """A server started by `python -m dev.temporal_server.launch`, which can be killed and
    started again on the
    same file.
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
        """Starts it and waits until it is ready; builds it before if need be.

        Raises ServerUnavailableError with the launcher's last line if there will be no server.
        """
        arguments = [
            *(
                sys.executable,
                "-m",
                "dev.temporal_server.launch",
                "--port",
                str(self.settings.port),
            ),
            *("--ui-port", str(self.settings.ui_port)),
            *("--data-dir", str(self.settings.data_dir.resolve())),
        ]
        process = self._process = subprocess.Popen(
            dying_with_us(arguments, signal.SIGTERM),
            cwd=HERE.parent,
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
                self._reader = Thread(target=_read_on, args=(output,), daemon=True)
                self._reader.start()
                return
        output.close()
        process.wait()
        raise ServerUnavailableError(line.strip())

    def kill(self) -> None:
        """SIGKILL for the launcher, the server and its Web UI: what a power cut looks like to its
        clients.
        """
        process = self._running()
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if self._reader:
            self._reader.join()

    def stop(self) -> None:
        """Ends it in good order; does nothing if it was killed. Raises RuntimeError if its exit
        code isn't 0.
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


def _read_on(output: IO[str]) -> None:
    """Reads what nobody wants to know: a full pipe would stop the launcher."""
    with output:
        output.read()


@contextmanager
def temporal_server(
    data_dir: Path, *, port: int | None = None, ui_port: int | None = None
) -> Generator[TemporalServer]:
    """A server that keeps its state in `data_dir`, ready when the block begins; ports are free ones
    by default.
    """
    free = free_ports(PORTS + 1)
    server = TemporalServer(Settings(port or free[0], ui_port or free[-1], data_dir))
    server.start()
    try:
        yield server
    finally:
        server.stop()
