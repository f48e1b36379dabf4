"""One run of the benchmark: measures each part, prints it, and compares it with the goals."""

from collections.abc import Sequence
from dataclasses import dataclass

import httpx
from rich.console import Console
from temporalio.client import Client

from clients.rest import AsyncRestClient
from dev.stack import Stack
from domain.statuses import OrderPolicy
from security.payload_keys import PayloadKeys
from temporal.client import data_converter
from verification.bench import goals, processes, report, workers
from verification.bench.comparison import compare
from verification.bench.contenders import Bare, System
from verification.bench.goals import GoalResult
from verification.bench.load import Load
from verification.bench.processes import Cpu
from verification.bench.progress_bar import Progress

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
    memory_orders: int
    sandbox_orders: int
    page_orders: int
    poller_orders: int
    profile_orders: int


async def run(stack: Stack, options: Options, console: Console) -> None:
    """Measure what `options` request. Raises InvalidMeasurementError."""
    address = stack.temporal_address
    keys = PayloadKeys.parse(stack.environment["PAYLOAD_KEYS"])
    client = await Client.connect(address, data_converter=data_converter(keys))
    limits = httpx.Limits(
        max_connections=max(options.concurrency, POLLERS_CONCURRENCY), keepalive_expiry=KEEP_ALIVE
    )
    async with AsyncRestClient(stack.api_url, limits=limits, timeout=REQUEST_TIMEOUT) as api:
        system = System(api, client, options.policy)
        await system.prepare(STOCK)
        run = _Run(stack, client, system, options, console, Progress())
        results: list[GoalResult] = []
        if options.orders:
            results += await run.compare(await Client.connect(address))
        if options.memory_orders:
            results += await run.memory()
        if options.sandbox_orders or options.poller_orders or options.profile_orders:
            stack.stop("worker")  # variants replace it
        if options.sandbox_orders:
            results += await run.sandbox()
        if options.poller_orders:
            await run.pollers()
        if options.profile_orders:
            await run.profile()
    if results:
        report.goals(console, results)


@dataclass(frozen=True)
class _Run:
    stack: Stack
    client: Client
    system: System
    options: Options
    console: Console
    progress: Progress

    async def compare(self, plain_client: Client) -> Sequence[GoalResult]:
        """Compare the system with the bare workflow, which uses `plain_client`."""
        system = self.system
        bare, mixed = (Bare(plain_client, mixed=mixed) for mixed in (False, True))
        with workers.bare(self.stack) as bare_worker:
            measured = await compare(
                self.client,
                (system, bare, mixed),
                self._cpu(bare_worker),
                self._load(self.options.orders),
                self.progress,
            )
        report.comparison(self.console, list(measured.values()))
        report.posting(self.console, system.seconds_to_post)
        ours = measured[system.name]
        return [
            goals.speed(ours.ratios_to(measured[bare.name])),
            goals.history(ours.steps.events),
        ]

    async def memory(self) -> Sequence[GoalResult]:
        """Measure the memory of the stack's worker."""
        load = self._load(self.options.memory_orders)
        pid = self.stack.pid("worker")
        samples = await workers.memory(pid, self.system, load, self.progress)
        report.memory(self.console, samples)
        return [goals.memory(samples)]

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

    def _cpu(self, bare_worker: int) -> Cpu:
        pids = processes.of_stack(self.stack)
        pids["worker"].append(bare_worker)  # the one not measured is idle
        return Cpu(pids)
