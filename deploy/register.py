"""`python -m deploy.register`: prepare the Temporal server at TEMPORAL_ADDRESS.

Waits for the server, registers the missing namespace and search attributes, and exits.
"""

import asyncio
import sys

from temporalio.client import Client

from temporal.client import NO_KEYS, check_settings, connect
from temporal.register import register

LIMIT_SECONDS = 120.0
"""How long to wait for the server."""

RETRY_SECONDS = 0.5


async def main() -> None:
    """Raises `TimeoutError` if the server stays unavailable."""
    await register(await _client())


async def _client() -> Client:
    async with asyncio.timeout(LIMIT_SECONDS):
        while True:
            try:
                return await connect(NO_KEYS)
            except RuntimeError:  # the SDK raises it while the server is unavailable
                await asyncio.sleep(RETRY_SECONDS)


if __name__ == "__main__":
    check_settings()
    try:
        asyncio.run(main())
    except TimeoutError:
        sys.exit(f"No Temporal server answered for {LIMIT_SECONDS:.0f} seconds.")
