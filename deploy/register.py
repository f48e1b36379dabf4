"""`python -m deploy.register`: makes the Temporal server at TEMPORAL_ADDRESS ready for us.

Waits for the server, registers the namespace and the search attributes that are missing, and ends.
"""

import asyncio
import sys

from temporalio.client import Client

from temporal.client import NO_KEYS, connect
from temporal.register import register

LIMIT_SECONDS = 120.0
"""How long the server may take to answer."""

RETRY_SECONDS = 0.5


async def main() -> None:
    """Raises `TimeoutError` if nobody answers."""
    await register(await _client())


async def _client() -> Client:
    async with asyncio.timeout(LIMIT_SECONDS):
        while True:
            try:
                return await connect(NO_KEYS)
            except RuntimeError:  # what the SDK raises while nobody answers
                await asyncio.sleep(RETRY_SECONDS)


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except TimeoutError:
        sys.exit(f"No Temporal server answered for {LIMIT_SECONDS:.0f} seconds.")
