"""All witnesses, one after the other or side by side."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import httpx

from verification.audit import receipts
from verification.audit.snapshot import World
from verification.audit.sources import database, simulators, temporal
from verification.audit.sources.addresses import Sources

TIMEOUT_SECONDS = 30.0
"""For one page of somebody's records."""


async def collect(sources: Sources, receipts_file: Path | None) -> World:
    """What they say now. Raises `WitnessError`.

    Receipts come first: what was accepted before that must be in our books, which come next.
    """
    at = datetime.now(UTC)
    accepted = receipts.read(receipts_file) if receipts_file else ()
    ours = await asyncio.to_thread(database.read, sources.database_url)
    async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS, trust_env=False) as http:
        intents, refunds, consignments, messages, executions = await asyncio.gather(
            simulators.intents(http, sources),
            simulators.refunds(http, sources),
            simulators.consignments(http, sources),
            simulators.messages(http, sources),
            temporal.read(sources, ours),
        )
    return World(
        at=at,
        books=ours,
        intents=intents,
        refunds=refunds,
        consignments=consignments,
        messages=messages,
        executions=executions,
        receipts=accepted,
    )
