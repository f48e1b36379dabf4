"""`make run`, on free ports and with its state in a temporary folder."""

import fcntl
import os
import pty
import re
import shutil
import socket
import subprocess
import sys
import termios
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread

import httpx
import psutil
import pytest

from dev.stack import Ports
from dev.story.samples import CUSTOMERS, PRODUCTS
from dev.story.scenarios import KERMIT, SKU
from tests.integration.diagrams.streams import assert_drawn
from tests.support.processes import REPOSITORY, answers, eventually

pytestmark = pytest.mark.proof

STORY_SECONDS = 240
"""How long start, story and stop may take on a machine that is busy."""


CTRL_C = b"\x03"


class Run:
    """A `make run` of its own."""

    def __init__(self, folder: Path, *, once: bool = True) -> None:
        self.folder = folder
        self.ports = Ports.free()
        self.once = once

    @property
    def environment(self) -> dict[str, str]:
        ours = {"DATA_DIR": str(self.folder), "COLUMNS": "200", "MAKEFLAGS": ""}
        inherited = {name: text for name, text in os.environ.items() if name != "TEMPORAL_ADDRESS"}
        return inherited | ours | self.ports.variables | ({"ONCE": "1"} if self.once else {})

    def run_until_it_ends(self) -> subprocess.CompletedProcess[str]:
        return self._make("run")

    def audit(self) -> subprocess.CompletedProcess[str]:
        """`make audit` with the same settings."""
        return self._make("audit")

    def replay(self) -> subprocess.CompletedProcess[str]:
        """What `make run` has led to, replayed."""
        return self._execute(sys.executable, "-m", "dev.run", "replay")

    def orders(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """The `orders` command."""
        return self._execute(sys.executable, "-m", "clients.cli", *arguments)

    def _make(self, target: str) -> subprocess.CompletedProcess[str]:
        return self._execute("make", target)

    def _execute(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=REPOSITORY,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=STORY_SECONDS,
            check=False,
        )

    @contextmanager
    def in_terminal(self) -> Generator[tuple[subprocess.Popen[bytes], int]]:
        """`make run` in the foreground of a terminal, and that; what it shows is in `output`."""
        ours, theirs = pty.openpty()
        process = subprocess.Popen(
            ["make", "run"],
            cwd=REPOSITORY,
            env=self.environment,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(theirs, termios.TIOCSCTTY, 0),  # noqa: PLW1509
        )
        os.close(theirs)
        screen = Thread(target=self._record, args=(ours,))
        screen.start()
        try:
            yield process, ours
        finally:
            if process.poll() is None:
                os.write(ours, CTRL_C)
                process.wait(STORY_SECONDS)
            screen.join()
            os.close(ours)

    def _record(self, terminal: int) -> None:
        # Reading fails when no process has the other end open.
        with self.output.open("wb", buffering=0) as output, suppress(OSError):
            while shown := os.read(terminal, 65536):
                output.write(shown)

    @property
    def output(self) -> Path:
        return self.folder / "output.txt"

    def processes(self) -> list[psutil.Process]:
        """All that has this run's folder in its environment."""
        return [process for process in psutil.process_iter() if self._is_ours(process)]

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            return process.pid != os.getpid() and process.environ().get("DATA_DIR") == str(
                self.folder
            )
        except psutil.Error:
            return False


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder whose processes are all gone at the end, whatever happened."""
    yield tmp_path
    left = Run(tmp_path).processes()
    for process in left:
        process.kill()
    assert not left


@pytest.mark.timeout(2 * STORY_SECONDS)
def test_the_story_ends_as_it_must_twice_on_the_same_state(folder: Path) -> None:
    first = Run(folder).run_until_it_ends()
    assert first.returncode == 0, first.stdout
    assert first.stdout.count("✓") == 5
    assert first.stdout.count("CustomerReminded") == 6 + 6 + 2
    assert "when it was stopped" not in first.stdout  # every process exited with 0
    links = re.findall(r"http://\S+/namespaces/default/workflows/order%2F\S+", first.stdout)
    assert len(links) == 3
    second = Run(folder).run_until_it_ends()
    assert second.returncode == 0, second.stdout
    assert assert_drawn(f"sqlite:///{folder}/orders.db") == 2 * (4 + 6)  # orders, payments


@pytest.mark.timeout(2 * STORY_SECONDS)
def test_up_until_ctrl_c_and_a_process_that_dies_is_restarted(folder: Path) -> None:
    run = Run(folder, once=False)
    run.output.touch()
    with run.in_terminal() as (process, terminal):
        eventually(
            lambda: "until Ctrl-C" in run.output.read_text() or process.poll() is not None,
            "the story",
            STORY_SECONDS,
        )
        assert process.poll() is None, run.output.read_text()
        cards = next(one for one in run.processes() if "dev.simulators.cards" in one.cmdline())
        cards.kill()
        report = "cards died (terminated by SIGKILL); restarting it"
        eventually(lambda: report in run.output.read_text(), report)
        # The audit waits 5 s for a source that is unavailable, which its start may take longer.
        eventually(answers(f"http://127.0.0.1:{run.ports.cards}/healthz"), "cards answers again")
        url = f"http://127.0.0.1:{run.ports.api}/products/{SKU}"
        assert httpx.get(url, trust_env=False, timeout=60).json()["price"] == 2500
        assert_waiting_for_a_card(f"http://127.0.0.1:{run.ports.api}", run.output.read_text())
        audit = run.audit()
        assert audit.returncode == 0, audit.stdout
        assert re.search(r"^no violations: 4 orders, \d+ payments", audit.stdout, re.MULTILINE)
        replay = run.replay()
        assert replay.returncode == 0, replay.stdout
        assert re.search(r"^0 of \d{2} executions deviate$", replay.stdout, re.MULTILINE)
        [arguments] = re.findall(r"orders (place \S+ \S+ --watch.*)", run.output.read_text())
        ordered = run.orders(*arguments.split())
        assert ordered.returncode == 0, ordered.stdout
        assert ordered.stdout.endswith("fulfilled\n")
        os.write(terminal, CTRL_C)
        assert process.wait(STORY_SECONDS) == 0, run.output.read_text()
    shown = run.output.read_text()
    assert " api | " in shown
    assert "Interrupt" not in shown
    assert "when it was stopped" not in shown


def assert_waiting_for_a_card(api: str, printed: str) -> None:
    """Of the samples, which the shop offers, one order was left: Kermit's, as `make run` says."""
    query = {"customer_id": KERMIT, "status": "awaiting_payment"}
    with httpx.Client(base_url=api, params=query, trust_env=False, timeout=60) as http:
        [order] = http.get("/orders").json()["orders"]
        skus = {product["sku"] for product in http.get("/products").json()["products"]}
        known = {id for id in CUSTOMERS if http.get(f"/customers/{id}").is_success}
    assert order["payment"]["status"] == "awaiting_card"
    assert (order["payment"]["amount"], order["payment"]["withdrawn"]) == (2500, 500)
    assert f"{api}/#/orders/{order['id']}" in printed
    assert (skus, known) == (PRODUCTS.keys(), CUSTOMERS.keys())


@pytest.mark.timeout(2 * STORY_SECONDS)
@pytest.mark.parametrize("once", [True, False])
def test_ctrl_c_before_the_story_has_ended_is_no_success(folder: Path, *, once: bool) -> None:
    run = Run(folder, once=once)
    run.output.touch()
    with run.in_terminal() as (process, terminal):
        eventually(lambda: "Starting" in run.output.read_text(), "the start", STORY_SECONDS)
        os.write(terminal, CTRL_C)
        assert process.wait(STORY_SECONDS) != 0
    assert "Error 130" in run.output.read_text()


def test_a_taken_port_is_reported_in_one_line(folder: Path) -> None:
    run = Run(folder)
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", run.ports.api))
        taken.listen()
        result = run.run_until_it_ends()
    lines = [line for line in result.stdout.splitlines() if not line.startswith("make")]
    assert result.returncode != 0
    assert len(lines) == 1
    assert lines[0].startswith(f"Port {run.ports.api} is taken by {psutil.Process().name()} ")
    assert lines[0].endswith(": stop what listens there, or set API_PORT.")


def test_a_missing_temporal_server_is_reported_in_one_line(folder: Path, tmp_path: Path) -> None:
    """A clone with no `.cache`, on a machine without Go, without the CLI and without a network."""
    clone = tmp_path / "clone"
    shutil.copytree(
        REPOSITORY,
        clone,
        ignore=shutil.ignore_patterns(".git", ".venv", ".cache", ".data", "tests"),
    )
    nowhere = {"HTTPS_PROXY": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"}
    result = subprocess.run(
        [sys.executable, "-m", "dev.run"],
        cwd=clone,
        env=Run(folder).environment | nowhere | {"PATH": "/usr/bin:/bin"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=STORY_SECONDS,
        check=False,
    )
    assert result.returncode == 1
    trying, complaint = result.stdout.splitlines()
    assert trying.startswith("Trying to download")
    assert complaint.startswith("No Temporal server: the temporal command on PATH is missing")
