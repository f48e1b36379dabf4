"""Lets the Temporal SDK fetch the `temporal` CLI for this machine, as it does for its own test
environment.

`python -m temporal.download FOLDER` is run as a process of its own, so that a network that never
answers can be
given up on: the SDK's download has no time limit.
"""

import asyncio
import subprocess
import sys
from pathlib import Path

from temporalio.testing import WorkflowEnvironment


def downloaded_cli(folder: Path) -> Path | None:
    """The CLI that an earlier download left in `folder`, if there is one."""
    found = sorted(path for path in folder.glob("temporal-*") if path.is_file())
    return found[-1] if found else None


def download_cli(folder: Path, limit: float) -> Path | None:
    """Downloads the CLI into `folder`, in `limit` seconds at most; None if that doesn't work,
    offline for example.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        subprocess.run(
            [sys.executable, "-m", "temporal.download", str(folder)],
            cwd=Path(__file__).parent.parent,
            timeout=limit,
            check=True,
            capture_output=True,
            stdin=subprocess.DEVNULL,
        )
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError):
        return None
    return downloaded_cli(folder)


async def _download(folder: str) -> None:
    # The SDK can't fetch without starting: this server is one in memory on a free port, stopped at
    # once.
    environment = await WorkflowEnvironment.start_local(  # pyright: ignore[reportUnknownMemberType] - the SDK's own annotation
        ip="127.0.0.1", download_dest_dir=folder
    )
    await environment.shutdown()


if __name__ == "__main__":
    asyncio.run(_download(sys.argv[1]))
