"""One run of the benchmark: measures each part, prints it, and compares it with the goals."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
from rich.console import Console
from temporalio.client import Client

from clients.rest import AsyncRestClient
from dev.stack import Stack
from domain.statuses import OrderPolicy
from security.payload_keys import PayloadKeys
from temporal.client import data_converter
from temporal.register import register
from verification.bench.contenders import peer
from verification.bench.contenders.bare import Bare
from verification.bench.contenders.contender import Contender
from verification.bench.contenders.peer import Peer
from verification.bench.contenders.system import Payments, System
from verification.bench.instruments.load import Load
from verification.bench.instruments.processes import Pids
from verification.bench.instruments.progress_bar import Progress
from verification.bench.measurements import (
    comparison_goals,
    goals,
    report,
    stack_processes,
    workers,
)
from verification.bench.measurements.comparison import compare
from verification.bench.measurements.comparison_goals import Results
from verification.bench.measurements.goals import GoalResult
from verification.bench.measurements.stack_processes import API, SERVER, WORKER
from verification.chaos.databases import Kind

STOCK = 1_000_000
"""Pieces: enough for all orders."""

POLLERS_CONCURRENCY = 40
"""At this concurrency tasks waited ten seconds and more with default pollers."""

REQUEST_TIMEOUT = 60.0
"""Seconds; a slow API is a result, not an error."""

KEEP_ALIVE = 2.0
"""Seconds; less than the API's 5, which could close a connection that is about to be reused."""


@dataclass(frozen=True)
class Options:
    """What to measure; numbers of orders are 0 to leave something out."""

    orders: int
    rounds: int
    concurrency: int
    policy: OrderPolicy
    database: Kind
    peer: Path | None
    """The folder of the Go application's program."""
    memory_orders: int
    sandbox_orders: int
    page_orders: int
    poller_orders: int
    profile_orders: int


async def run(stack: Stack, options: Options, database: Sequence[int], console: Console) -> None:
    """Measure what `options` request; `database` are the process ids of its server.

    Raises InvalidMeasurementError.
    """
    address = stack.temporal_address
    keys = PayloadKeys.parse(stack.environment["PAYLOAD_KEYS"])
    client = await Client.connect(address, data_converter=data_converter(keys))
    limits = httpx.Limits(
        max_connections=max(options.concurrency, POLLERS_CONCURRENCY), keepalive_expiry=KEEP_ALIVE
    )
    async with AsyncRestClient(stack.api_url, limits=limits, timeout=REQUEST_TIMEOUT) as api:
        system = System(api, client, options.policy)
        await system.prepare(STOCK)
        run = _Run(stack, client, system, options, database, console, Progress())
        results: list[GoalResult] = []
        if options.orders:
            results += await run.compare(Payments(api, client), limits)
        if options.memory_orders:
            results += await run.memory()
        if options.sandbox_orders or options.poller_orders or options.profile_orders:
            with workers.without(stack):
                results += await run.variants()
    if results:
        report.goals(console, results)


@dataclass(frozen=True)
class _Run:
    stack: Stack
    client: Client
    system: System
    options: Options
    database: Sequence[int]
    console: Console
    progress: Progress

    async def compare(self, payments: Payments, limits: httpx.Limits) -> Sequence[GoalResult]:
        """Compare the system with bare workflows, and with the Go application if it is there."""
        address = self.stack.temporal_address
        plain_client = await Client.connect(address)
        bare, local = (Bare(plain_client, local=local) for local in (False, True))
        ours = stack_processes.of_stack(self.stack, self.database)
        async with AsyncExitStack() as others:
            bare_pids = {
                WORKER: [others.enter_context(workers.bare(self.stack))],
                SERVER: ours[SERVER],
            }
            contenders: list[tuple[Contender, Pids]] = [
                *((self.system, ours), (payments, ours)),
                *((bare, bare_pids), (local, bare_pids)),
            ]
            if self.options.peer:
                client = await Client.connect(address, namespace=peer.NAMESPACE)
                await register(client)
                there = others.enter_context(peer.running(self.options.peer, self.stack))
                http = await others.enter_async_context(
                    httpx.AsyncClient(limits=limits, timeout=REQUEST_TIMEOUT, trust_env=False)
                )
                application = Peer(http, client, there.urls)
                await application.until_ready()
                pids = {WORKER: [there.worker], API: [there.api], SERVER: ours[SERVER]}
                contenders.append((application, pids))
            measured = await compare(contenders, self._load(self.options.orders), self.progress)
        report.comparison(self.console, measured)
        of_system, of_payments, of_bare, _, *of_peer = measured
        return comparison_goals.judge(Results(of_system, of_bare, of_payments, *of_peer))

    async def memory(self) -> Sequence[GoalResult]:
        """Measure the memory of the stack's worker."""
        load = self._load(self.options.memory_orders)
        pids = workers.pids(self.stack)
        samples = await workers.memory(pids, self.system, load, self.progress)
        report.memory(self.console, samples)
        return [goals.memory(samples)]

    async def variants(self) -> Sequence[GoalResult]:
        """Measure variants of the worker, which replace the stack's."""
        results: list[GoalResult] = []
        if self.options.sandbox_orders:
            results += await self.sandbox()
        if self.options.poller_orders:
            await self.pollers()
        if self.options.profile_orders:
            await self.profile()
        return results

    async def sandbox(self) -> Sequence[GoalResult]:
        """Measure the CPU cost of the sandbox."""
        load = self._load(self.options.sandbox_orders)
        shares = await workers.sandbox_shares(self.stack, self.system, load, self.progress)
        return [goals.sandbox(shares)]

    async def pollers(self) -> None:
        """Compare the kinds of pollers; worker.py chooses one, there is no goal."""
        load = Load(self.options.poller_orders, self.options.rounds, POLLERS_CONCURRENCY)
        waits = await workers.poller_waits(
            self.stack, self.system, self.client, load, self.progress
        )
        report.pollers(self.console, waits)

    async def profile(self) -> None:
        """Profile the worker's CPU."""
        load = self._load(self.options.profile_orders)
        profile = await workers.profile(self.stack, self.system, load, self.progress)
        report.profile(self.console, profile, load.orders)

    def _load(self, orders: int) -> Load:
        return Load(orders, self.options.rounds, self.options.concurrency)
