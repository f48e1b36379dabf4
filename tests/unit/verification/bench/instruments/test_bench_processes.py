import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager

import psutil
import pytest

from verification.bench.instruments import processes
from verification.bench.instruments.processes import Cpu

PARENT = """
import subprocess, sys
child = "import time\\nwhile time.process_time() < 0.3: pass"
for _ in sys.stdin:
    subprocess.run([sys.executable, "-S", "-c", child], check=True)
    print("done", flush=True)
"""


@contextmanager
def parent() -> Generator[subprocess.Popen[str]]:
    """A process that has a child use 0.3 s of CPU for each line that it reads."""
    with subprocess.Popen(
        [sys.executable, "-S", "-c", PARENT],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process


def test_what_a_child_has_used_counts_after_its_end() -> None:
    with parent() as process:
        assert process.stdin
        assert process.stdout
        cpu = Cpu({"both": [process.pid, os.getpid()], "parent": [process.pid]})
        before = cpu.read()["parent"]
        process.stdin.write("\n")
        process.stdin.flush()
        assert process.stdout.readline() == "done\n"
        assert cpu.read()["parent"] - before > 0.25
        assert cpu.read()["both"] > cpu.read()["parent"]


def test_a_process_that_ended_can_not_be_measured() -> None:
    with parent() as process:
        cpu = Cpu({"parent": [process.pid]})
    with pytest.raises(psutil.NoSuchProcess):
        cpu.read()


def test_memory_is_that_of_all_processes() -> None:
    with parent() as process:
        own, other = processes.memory([os.getpid()]), processes.memory([process.pid])
        assert processes.memory([os.getpid(), process.pid]) > max(own, other)


def test_memory_with_children_is_also_that_of_processes_they_started() -> None:
    with parent() as process:
        own, other = processes.memory([os.getpid()]), processes.memory([process.pid])
        assert processes.memory_with_children([os.getpid()]) > max(own, other)
