"""The SDK's threads end before Python does."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.processes import REPOSITORY, free_port

CLIENT = """
import atexit
from pathlib import Path

# Registered first, it is called last.
atexit.register(
    lambda: print(*((task / "comm").read_text() for task in Path("/proc/self/task").iterdir()))
)

import asyncio
from temporalio.service import RPCError
from temporal.client import NO_KEYS, connect

async def main():
    client = await connect(NO_KEYS, lazy=True)
    try:
        await client.count_workflows()
    except (RPCError, RuntimeError):
        print("asked")

asyncio.run(main())
"""


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="shows no threads' names")
def test_no_thread_of_the_sdk_is_there_when_python_ends() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", CLIENT],
        cwd=REPOSITORY,
        env={"TEMPORAL_ADDRESS": f"127.0.0.1:{free_port()}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert ended.returncode == 0, ended.stderr
    assert "asked" in ended.stdout
    assert "tokio" not in ended.stdout
