"""Downloads the `temporal` CLI for this machine, as the SDK does for its test environment.

The SDK's download has no time limit, so it runs in a process of its own, which can be ended:
`python -m dev.temporal_server.download FOLDER`.
"""

import asyncio
import subprocess
import sys
from pathlib import Path

import httpx
from temporalio.testing import WorkflowEnvironment

SOURCE = "https://temporal.download"
"""Where the SDK downloads from."""

CONNECT_LIMIT = 5.0
"""Seconds within which even a slow source answers, if it can be reached."""


def downloaded_cli(folder: Path) -> Path | None:
    """The CLI that an earlier download left in `folder`, if there is one."""
    found = sorted(path for path in folder.glob("temporal-*") if path.is_file())
    return found[-1] if found else None


def download_cli(folder: Path, limit: float) -> Path | None:
    """Downloads the CLI into `folder`, in `limit` seconds at most; None if that fails, for example
    without a network.
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
    """Whether the source answers anything at all."""
    try:
        httpx.head(source, timeout=CONNECT_LIMIT)
    except httpx.TransportError:
        return False
    except (ImportError, ValueError):  # a proxy setting that httpx does not support; the SDK may
        return True
    return True


async def _download(folder: str) -> None:
    # The SDK downloads only to start a server: one in memory on a free port, stopped at once.
    environment = await WorkflowEnvironment.start_local(  # pyright: ignore[reportUnknownMemberType] - the SDK's own annotation
        ip="127.0.0.1", download_dest_dir=folder
    )
    await environment.shutdown()


if __name__ == "__main__":
    asyncio.run(_download(sys.argv[1]))
