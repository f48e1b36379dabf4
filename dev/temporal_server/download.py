"""Lets the Temporal SDK fetch the `temporal` CLI for this machine, as it does for its own test
environment.

`python -m dev.temporal_server.download FOLDER` is run as a process of its own, so that a network
that never
answers can be given up on: the SDK's download has no time limit.
"""

import asyncio
import subprocess
import sys
from pathlib import Path

import httpx
from temporalio.testing import WorkflowEnvironment

SOURCE = "https://temporal.download"
"""Where the SDK downloads from."""

KNOCK_LIMIT = 5.0
"""Seconds in which a source that can be reached answers, be it slow."""


def downloaded_cli(folder: Path) -> Path | None:
    """The CLI that an earlier download left in `folder`, if there is one."""
    found = sorted(path for path in folder.glob("temporal-*") if path.is_file())
    return found[-1] if found else None


def download_cli(folder: Path, limit: float) -> Path | None:
    """Downloads the CLI into `folder`, in `limit` seconds at most; None if that doesn't work,
    offline for example.
    """
    print(
        f"Trying to download the temporal command from {SOURCE}, for {limit:.0f} s at most.",
        file=sys.stderr,
        flush=True,
    )
    if not _is_reachable(SOURCE):
        return None
    folder.mkdir(parents=True, exist_ok=True)
    try:
        subprocess.run(
            [sys.executable, "-m", "dev.temporal_server.download", str(folder)],
            cwd=Path(__file__).parents[2],
            timeout=limit,
            check=True,
            capture_output=True,
            stdin=subprocess.DEVNULL,
        )
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError):
        return None
    return downloaded_cli(folder)


def _is_reachable(source: str) -> bool:
    """Whether anything answers there; what it answers is the SDK's business."""
    try:
        httpx.head(source, timeout=KNOCK_LIMIT)
    except httpx.TransportError:
        return False
    except (ImportError, ValueError):  # a proxy that only the SDK may know how to use
        return True
    return True


async def _download(folder: str) -> None:
    # The SDK can't fetch without starting: this server is one in memory on a free port, stopped at
    # once.
    environment = await WorkflowEnvironment.start_local(  # pyright: ignore[reportUnknownMemberType] - the SDK's own annotation
        ip="127.0.0.1", download_dest_dir=folder
    )
    await environment.shutdown()


if __name__ == "__main__":
    asyncio.run(_download(sys.argv[1]))
