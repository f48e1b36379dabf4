"""The door of the API's container, as a process."""

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.processes import Running, free_port, running

INSIDE = """
import pathlib, signal, socket, sys
server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
pathlib.Path(sys.argv[2]).touch()
connection, _ = server.accept()
"""
ECHO = f"""{INSIDE}
connection.sendall(b"".join(iter(lambda: connection.recv(65536), b"")))
sys.exit(3)
"""
LATE = f"""
import signal
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
{INSIDE}
connection.sendall(b"wait")
signal.sigwait([signal.SIGTERM])
connection.sendall(b" a moment")
"""
DEAF = f"""{INSIDE}
connection.recv(1)
"""


def test_what_is_said_comes_and_goes_whole(tmp_path: Path) -> None:
    said = bytes(range(256)) * 20_000

    with _door_to(ECHO, tmp_path) as (door, port):
        with _call(port) as caller:
            caller.sendall(said)
            caller.shutdown(socket.SHUT_WR)
            assert _all_of(caller) == said
        assert door.process.wait(10) == 3


def test_what_is_under_way_when_it_is_to_end_arrives(tmp_path: Path) -> None:
    with _door_to(LATE, tmp_path) as (door, port), _call(port) as caller:
        assert caller.recv(4) == b"wait"
        door.process.terminate()
        assert _all_of(caller) == b" a moment"
        assert door.process.wait(10) == 0


def test_a_caller_who_stays_does_not_keep_it_open(tmp_path: Path) -> None:
    with _door_to(DEAF, tmp_path) as (door, port), _call(port):
        assert door.stop() == 128 + signal.SIGTERM


def test_a_caller_is_sent_away_while_nobody_is_inside(tmp_path: Path) -> None:
    nobody = "import pathlib, sys, time; pathlib.Path(sys.argv[2]).touch(); time.sleep(60)"

    with _door_to(nobody, tmp_path) as (_, port), _call(port) as caller:
        assert _all_of(caller) == b""


def test_it_wants_to_know_where_to_listen() -> None:
    arguments = ["--listen", "8080", "--to", "127.0.0.1:8000", "true"]

    done = subprocess.run(
        [sys.executable, "-m", "deploy.door", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert "--listen" in done.stderr


@contextmanager
def _door_to(program: str, folder: Path) -> Iterator[tuple[Running, int]]:
    """A door to a program that is given its port and a file to make when it listens."""
    inside, outside, ready = free_port(), free_port(), folder / "ready"
    command = [
        *(sys.executable, "-m", "deploy.door"),
        *("--listen", f"127.0.0.1:{outside}", "--to", f"127.0.0.1:{inside}"),
        *("--", sys.executable, "-c", program, str(inside), str(ready)),
    ]
    with running(command, ready=ready.exists) as door:
        yield door, outside


def _call(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=10)


def _all_of(caller: socket.socket) -> bytes:
    return b"".join(iter(lambda: caller.recv(65536), b""))
