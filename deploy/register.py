"""`python -m deploy.register`: prepare the Temporal server at TEMPORAL_ADDRESS.

Waits for the server, registers the missing namespace and search attributes, and exits. A namespace
that is there already, and forgets closed workflows too early, is refused: with `--extend-retention`
it is changed.
"""

import argparse
import asyncio
import sys

from temporalio.client import Client

from temporal.client import NO_KEYS, check_settings, connect
from temporal.register import (
    RetentionTooShortError,
    extend_retention,
    register,
    require_retention,
)

LIMIT_SECONDS = 120.0
"""How long to wait for the server."""

RETRY_SECONDS = 0.5


async def main(*, extends: bool) -> None:
    """Raises `TimeoutError` if the server stays unavailable, and `RetentionTooShortError` unless
    the retention is to be extended.
    """
    client = await _client()
    await register(client)
    await (extend_retention if extends else require_retention)(client)


async def _client() -> Client:
    async with asyncio.timeout(LIMIT_SECONDS):
        while True:
            try:
                return await connect(NO_KEYS)
            except RuntimeError:  # the SDK raises it while the server is unavailable
                await asyncio.sleep(RETRY_SECONDS)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m deploy.register")
    parser.add_argument("--extend-retention", action="store_true", help="if it is too short")
    arguments = parser.parse_args()
    check_settings()
    try:
        asyncio.run(main(extends=arguments.extend_retention))
    except RetentionTooShortError as refusal:
        sys.exit(str(refusal))
    except TimeoutError:
        sys.exit(f"No Temporal server answered for {LIMIT_SECONDS:.0f} seconds.")
