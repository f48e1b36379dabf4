"""One run: the load with its faults, the quiet time, the audit, the report."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack, closing, suppress
from datetime import timedelta
from pathlib import Path

from rich.console import Console
from temporalio.client import Client

from dev.stack import Stack
from dev.stack.stack import ROOT
from security.payload_keys import PayloadKeys
from storage.database import Database
from temporal.client import data_converter
from verification.audit.receipts import keeping_async
from verification.chaos import launcher, report
from verification.chaos.customers import Customers
from verification.chaos.databases import ChaosDatabase
from verification.chaos.faults import Injector
from verification.chaos.faults.workers import Workers
from verification.chaos.load import Gate, play, quiet
from verification.chaos.outcome import missed
from verification.chaos.plan import Plan
from verification.chaos.progress import Progress
from verification.chaos.recovery import Recovery
from verification.chaos.shop import Shop
from verification.chaos.watch import Watch

SETTINGS = {
    # Faults are over within seconds, and so should their retries be.
    "RETRY_FIRST": "PT0.2S",
    "RETRY_LONGEST": "PT2S",
    # The simulator's search is never behind.
    "CARD_SEARCH_LAG": "PT0S",
    # An activity is given up after 30 s, before its request is: the next attempt meets it.
    "OUTSIDE_TIMEOUT_SECONDS": "40",
    # A card that is given while something is away is given again and again.
    "CARD_UPDATES_PER_DAY": "1000",
    "CARD_UPDATES_PER_DAY_AND_CUSTOMER": "1000",
}
AUDIT_PATIENCE = timedelta(seconds=60)
"""For what may lag behind the orders' end: mails, and Temporal's own lists."""

ORDINARY = ("worker.py",)
NEXT_RELEASE = ("-m", "verification.chaos.next_release")


async def run(
    plan: Plan, folder: Path, database: ChaosDatabase, worker: Sequence[str], console: Console
) -> list[str]:
    """Play the plan on a stack in `folder`; what must not be, in one line each."""
    file = folder / "worker.json"
    stack = Stack(
        folder,
        environment=SETTINGS | {"DATABASE_URL": database.url, launcher.VARIABLE: str(file)},
        worker="-m verification.chaos.launcher",
    )
    # A worker with seeded bugs is replaced by itself, or it would be rid of them.
    following = NEXT_RELEASE if tuple(worker) == ORDINARY else worker
    workers = Workers(stack, file, worker, following)
    progress = Progress()
    progress.say("starting the stack")
    with stack:
        async with AsyncExitStack() as ending:
            books = ending.enter_context(closing(Database(database.url)))
            receipts = folder / "receipts.jsonl"
            shop = Shop(stack.api_url, keeping_async(receipts))
            ending.push_async_callback(shop.close)
            keys = PayloadKeys.parse(stack.environment["PAYLOAD_KEYS"])
            temporal = await Client.connect(
                stack.temporal_address, data_converter=data_converter(keys)
            )
            watch = Watch(books)
            gate = Gate(plan)
            customers = Customers(shop, temporal, watch, stack.cards_url, gate.accept)
            ending.push_async_callback(customers.people.close)
            recovery = Recovery(watch)
            injector = Injector(stack, database, workers, recovery)
            meanwhile = asyncio.gather(watch.run(), customers.people.decide())
            try:
                await asyncio.gather(*map(shop.put_product, plan.products))
                await play(plan, gate, customers, injector, progress)
                lost = await quiet(watch, customers, progress)
                await injector.end()
            finally:
                meanwhile.cancel()
                with suppress(asyncio.CancelledError):
                    await meanwhile
            breaches = [*customers.breaches, *shop.faults]
            breaches += [f"{id} does not end; it was seen last as {watch[id]}" for id in lost]
            breaches += [
                f"{count} orders never went on after SIGKILL of {process}"
                for process, count in recovery.waited_for.items()
            ]
            breaches += missed(plan, injector, recovery, in_ci=os.environ.get("CI") == "true")
            breaches += audit(stack, receipts, progress)
            seen = report.figures(books, stack.cards_url, stack.mailbox_url)
            if refused := seen.webhooks[report.WEBHOOKS_REFUSED]:
                breaches.append(f"{refused} webhooks were refused; see api.log")
            if breaches:
                await asyncio.to_thread(database.keep, folder)
            report.show(console, seen, customers, injector)
            report.show_missed(console, injector.without_effect(plan))
            report.show_recovery(console, recovery)
            console.print(f"answers of the API by status: {dict(sorted(shop.answers.items()))}")
    unclean = [process for process in stack.unclean_exits if not _was_ended(process)]
    return breaches + [f"did not stop in good order: {process}" for process in unclean]


def _was_ended(process: str) -> bool:
    """By SIGTERM: it was just starting, and handled no signals yet."""
    return "SIGTERM" in process


def audit(stack: Stack, receipts: Path, progress: Progress) -> list[str]:
    """What the auditor says of the stack's data; nothing if it is sound."""
    progress.say("audit")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "verification.audit", "--receipts", str(receipts)),
            *("--mailbox", stack.mailbox_url),
            *("--patience", str(AUDIT_PATIENCE.total_seconds())),
        ],
        cwd=ROOT,
        env=stack.environment | {"TEMPORAL_ADDRESS": stack.temporal_address},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == 0:
        print(f"Audit: {done.stdout}", end="")
        return []
    said = (done.stdout + done.stderr).splitlines()
    return [f"audit: {line}" for line in [*said, f"it ended with {done.returncode}"]]
