"""Reads all sources into one snapshot."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import httpx

from verification.audit import receipts
from verification.audit.snapshot import Snapshot
from verification.audit.sources import database, simulators, temporal
from verification.audit.sources.addresses import Sources

TIMEOUT_SECONDS = 30.0
"""For one page of records."""


async def collect(sources: Sources, receipts_file: Path | None) -> Snapshot:
    """Read all sources now. Raises `SourceUnavailableError`.

    The receipts are read first and our database second: whatever was accepted before must be in it.
    """
    at = datetime.now(UTC)
    accepted = receipts.read(receipts_file) if receipts_file else ()
    ours = await asyncio.to_thread(database.read, sources.database_url)
    async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS, trust_env=False) as http:
        intents, refunds, disputes, consignments, messages, executions = await asyncio.gather(
            simulators.intents(http, sources),
            simulators.refunds(http, sources),
            simulators.disputes(http, sources),
            simulators.consignments(http, sources),
            simulators.messages(http, sources),
            temporal.read(sources, ours),
        )
    return Snapshot(
        at=at,
        books=ours,
        intents=intents,
        refunds=refunds,
        disputes=disputes,
        consignments=consignments,
        messages=messages,
        executions=executions,
        receipts=accepted,
    )
