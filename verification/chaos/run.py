"""One run: the load with its faults and interventions, the quiet time, the audit and the report."""

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
from verification.chaos.card_scenarios import RETRY_DAYS
from verification.chaos.customers import Customers
from verification.chaos.databases import ChaosDatabase
from verification.chaos.effects import effects_of, read_charges
from verification.chaos.faults import Injector
from verification.chaos.faults.workers import Workers
from verification.chaos.interventions import Interventions
from verification.chaos.interventions.temporal_server import TemporalServer
from verification.chaos.load import Gate, play, quiet
from verification.chaos.order_monitor import OrderMonitor
from verification.chaos.plan import Plan, of_operators
from verification.chaos.recovery import Recovery
from verification.chaos.replays import deviations
from verification.chaos.requirements import unmet_requirements
from verification.chaos.run_progress import Progress
from verification.chaos.shop import Shop
from verification.chaos.unexplained import unexplained_declines

SETTINGS = {
    # Faults last seconds; retries should not take longer.
    "RETRY_FIRST": "PT0.2S",
    "RETRY_LONGEST": "PT2S",
    # The simulator's search is always up to date.
    "CARD_SEARCH_LAG": "PT0S",
    # An activity times out after 30 s, before its request does: the next attempt meets the first.
    "OUTSIDE_TIMEOUT_SECONDS": "40",
    # A card update is retried while something is unavailable.
    "CARD_UPDATES_PER_DAY": "1000",
    "CARD_RETRY_DAYS": ",".join(map(str, RETRY_DAYS)),
    "CARD_UPDATES_PER_DAY_AND_CUSTOMER": "1000",
    "CARD_CHARGES_PER_DAY_AND_CUSTOMER": "1000000",
}
AUDIT_SETTLING = timedelta(seconds=60)
"""Mails and Temporal's lists may lag behind the end of the orders."""

REGULAR_WORKER = ("worker.py",)
NEXT_RELEASE = ("-m", "verification.chaos.next_release")


async def run(
    plan: Plan, folder: Path, database: ChaosDatabase, worker: Sequence[str], console: Console
) -> list[str]:
    """Run the plan on a stack in `folder`; returns the violations, a line each."""
    file = folder / "worker.json"
    stack = Stack(
        folder,
        environment=SETTINGS | {"DATABASE_URL": database.url, launcher.VARIABLE: str(file)},
        worker="-m verification.chaos.launcher",
    )
    # A worker with seeded bugs is replaced by itself, to keep the bugs.
    following = NEXT_RELEASE if tuple(worker) == REGULAR_WORKER else worker
    workers = Workers(stack, file, worker, following)
    progress = Progress()
    progress.print("starting the stack")
    with stack:
        async with AsyncExitStack() as resources:
            database_reader = resources.enter_context(closing(Database(database.url)))
            receipts = folder / "receipts.jsonl"
            shop = Shop(stack.api_url, keeping_async(receipts))
            resources.push_async_callback(shop.close)
            keys = PayloadKeys.parse(stack.environment["PAYLOAD_KEYS"])
            temporal = await Client.connect(
                stack.temporal_address, data_converter=data_converter(keys)
            )
            monitor = OrderMonitor(database_reader)
            gate = Gate(plan)
            customers = Customers(shop, temporal, monitor, stack.cards_url, gate.accept)
            resources.push_async_callback(customers.card_holders.close)
            recovery = Recovery(monitor)
            interventions = Interventions(
                TemporalServer(temporal),
                customers.candidates,
                of_operators(plan.seed),
                shop.clocks,
            )
            injector = Injector(stack, database, workers, recovery, customers.webhooks_arrive)
            background = asyncio.gather(
                monitor.run(), customers.card_holders.decide(), customers.operators.decide()
            )
            try:
                await asyncio.gather(*map(shop.put_product, plan.products))
                await play(plan, gate, customers, injector, interventions, progress)
                lost = await quiet(monitor, customers, interventions, progress)
                await injector.end()
                unsettled = await customers.operators.unsettled()
            finally:
                background.cancel()
                with suppress(asyncio.CancelledError):
                    await background
            charges = read_charges(database_reader)
            effects = customers.operators.effects + effects_of(charges)
            violations = [
                *customers.violations,
                *shop.faults,
                *unsettled,
                *interventions.violations,
                *(f"{id} does not end; its last state was {monitor[id]}" for id in lost),
                *unexplained_declines(
                    charges, report.intents(stack.cards_url), customers.card_holders.late
                ),
                *(
                    f"{count} orders made no progress after SIGKILL of {process}"
                    for process, count in recovery.waited_for.items()
                ),
                *unmet_requirements(
                    plan,
                    injector,
                    interventions,
                    effects,
                    recovery,
                    in_ci=os.environ.get("CI") == "true",
                ),
            ]
            violations += [
                *audit(stack, receipts, progress),
                # A worker with seeded bugs leaves histories of its bugs.
                *(await deviations(temporal) if following is NEXT_RELEASE else ()),
            ]
            metrics = report.metrics(database_reader, stack.cards_url, stack.mailbox_url)
            if refused := metrics.webhooks[report.WEBHOOKS_REFUSED]:
                violations.append(f"{refused} webhooks were refused; see api.log")
            if violations:
                await asyncio.to_thread(database.keep, folder)
            report.show(console, metrics, customers, injector, interventions, effects)
            report.show_without_effect(
                console, injector.without_effect(plan) | interventions.without_effect(plan)
            )
            report.show_recovery(console, recovery)
            console.print(f"answers of the API by status: {dict(sorted(shop.answers.items()))}")
    unclean = [process for process in stack.unclean_exits if not _was_ended(process)]
    return violations + [f"did not exit cleanly: {process}" for process in unclean]


def _was_ended(process: str) -> bool:
    """Whether SIGTERM ended it: it was starting, and did not handle signals yet."""
    return "SIGTERM" in process


def audit(stack: Stack, receipts: Path, progress: Progress) -> list[str]:
    """Audit the stack's data; returns the violations, a line each."""
    progress.print("audit")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "verification.audit", "--receipts", str(receipts)),
            *("--mailbox", stack.mailbox_url),
            *("--patience", str(AUDIT_SETTLING.total_seconds())),
        ],
        cwd=ROOT,
        env=stack.client_environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == 0:
        print(f"Audit: {done.stdout}", end="")
        return []
    lines = (done.stdout + done.stderr).splitlines()
    return [f"audit: {line}" for line in [*lines, f"exit status {done.returncode}"]]
