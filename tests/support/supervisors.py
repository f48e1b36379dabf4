"""Supervisor itself, for tests of what the API does with its processes."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.support.processes import REPOSITORY, eventually

HEAD = """
[supervisord]
nodaemon = true
silent = true
logfile = {folder}/log
pidfile = {folder}/pid
[unix_http_server]
file = {folder}/socket
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
"""


@contextmanager
def supervising(programs: str, environment: Mapping[str, str] | None = None) -> Generator[str]:
    """Yields the socket of a supervisor with these sections of programs.

    In them, `{folder}` is the socket's folder, and `{python}` the interpreter.
    """
    with tempfile.TemporaryDirectory(prefix="supervisor-") as folder:  # its path must be short
        configuration = Path(folder) / "conf"
        sections = (HEAD + programs).replace("{folder}", folder)
        configuration.write_text(sections.replace("{python}", sys.executable))
        command = [sys.executable, "-m", "supervisor.supervisord", "-c", str(configuration)]
        with subprocess.Popen(
            command, env={**os.environ, **(environment or {})}, cwd=REPOSITORY
        ) as supervisord:
            try:
                socket = Path(folder) / "socket"
                eventually(socket.exists, "supervisor's socket")
                yield str(socket)
            finally:
                supervisord.terminate()
