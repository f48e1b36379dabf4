"""One run: opens payments step by step, measures at each step, then lets reminders fall due."""

import asyncio
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from time import perf_counter

import httpx
from temporalio.client import Client

from clients import calls
from clients.calls import Call
from clients.rest import AsyncRestClient
from dev.stack import Stack
from domain.statuses import OrderPolicy
from security.payload_keys import PayloadKeys
from storage.database import Database
from temporal.client import data_converter
from verification.bench.contenders.system import System
from verification.bench.instruments import processes
from verification.bench.instruments.load import Load, carry_out
from verification.bench.instruments.processes import Cpu, Finished
from verification.bench.instruments.progress_bar import Progress
from verification.bench.measurements.stack_processes import of_stack
from verification.bench.run import KEEP_ALIVE, REQUEST_TIMEOUT, STOCK
from verification.bench.waiting import table_sizes
from verification.bench.waiting.counts import Counts, until
from verification.bench.waiting.due_reminders import ReminderMeter
from verification.bench.waiting.growth import Growth, Opening, Step
from verification.bench.waiting.waiting_payments import CONCURRENCY, WaitingPayments

PARTS = (20, 4, 1)
"""Of all payments, these parts wait at the steps after the first, of none."""

REMINDED_PART = 4
"""Of all payments, this part is reminded at once."""

REST_SECONDS = 10
"""For which the CPU at rest is measured."""

REQUEST_TIMES = 10

REQUESTS: dict[str, Call] = {
    "GET /operations": Call("GET", "/operations"),
    "GET /operations/waiting": Call("GET", "/operations/waiting"),
    "GET /orders": calls.list_orders(),
}


@dataclass(frozen=True)
class Options:
    """How many payments wait in the end, and the new orders of each step."""

    payments: int
    orders: int
    rounds: int
    concurrency: int

    @property
    def load(self) -> Load:
        """The new orders of a step."""
        return Load(self.orders, self.rounds, self.concurrency)


def steps(payments: int) -> Sequence[int]:
    """How many payments wait at each step, from none to all."""
    return sorted({0, *(payments // part for part in PARTS)})


async def run(stack: Stack, options: Options) -> Growth:
    """Measure. Raises InvalidMeasurementError, ApiError and `psutil.NoSuchProcess`."""
    keys = PayloadKeys.parse(stack.environment["PAYLOAD_KEYS"])
    client = await Client.connect(stack.temporal_address, data_converter=data_converter(keys))
    limits = httpx.Limits(
        max_connections=max(options.concurrency, CONCURRENCY), keepalive_expiry=KEEP_ALIVE
    )
    async with AsyncRestClient(stack.api_url, limits=limits, timeout=REQUEST_TIMEOUT) as api:
        system = System(api, client, OrderPolicy.CHARGE_FIRST)
        await system.prepare(STOCK)
        with closing(Database(stack.environment["DATABASE_URL"])) as database:
            counts = Counts(database)
            meter = _Meter(
                stack,
                api,
                system,
                options.load,
                counts,
                Cpu(of_stack(stack)),
                WaitingPayments(api, counts),
                Progress(),
            )
            await meter.warm_up()
            measured = [await meter.step(waiting) for waiting in steps(options.payments)]
            due = options.payments // REMINDED_PART
            reminders = await ReminderMeter(client, database, meter.progress).measure(
                due, system, options.concurrency
            )
            await meter.settle()
            return Growth(measured, reminders, await meter.audit(), await meter.replay())


@dataclass(frozen=True)
class _Meter:
    stack: Stack
    api: AsyncRestClient
    system: System
    load: Load
    counts: Counts
    cpu: Cpu
    payments: WaitingPayments
    progress: Progress

    async def warm_up(self) -> None:
        """So that the first step is not slower for what is done once."""
        count = 2 * self.load.concurrency
        with self.progress.phase("warming up", count) as done:
            await carry_out(self.system.order, count, self.load.concurrency, done)
        await self.settle()

    async def settle(self) -> None:
        """Return when all mails are sent and the processes are at rest."""
        await until(self.counts.unsent_mails, 0, "mails to be sent")
        await self.cpu.settle()

    async def step(self, waiting: int) -> Step:
        """Open payments until so many wait, and measure."""
        opening = await self._open(waiting - self.payments.opened)
        at_rest = await self._at_rest()
        requests = {name: await self._seconds(call) for name, call in REQUESTS.items()}
        first = len(self.system.seconds_to_start)
        rates = await self._rates(waiting)
        pids = of_stack(self.stack)
        memory = {name: processes.memory_with_children(some) for name, some in pids.items()}
        await self.settle()
        return Step(
            waiting=waiting,
            opening=opening,
            cpu_at_rest=at_rest,
            requests=requests,
            rates=rates,
            seconds_to_post=self.system.seconds_to_start[first:],
            memory=memory,
            audit=await self.audit(),
        )

    async def audit(self) -> Finished:
        """Run the audit, to its exit status."""
        with self.progress.phase("audit", self.payments.opened, "waiting payments"):
            return await self._finish("audit", "--mailbox", self.stack.mailbox_url)

    async def replay(self) -> Finished:
        """Replay all open workflows, to the exit status."""
        with self.progress.phase("replay", self.payments.opened, "waiting payments"):
            return await self._finish("replay", "--closed", "0")

    async def _finish(self, tool: str, *arguments: str) -> Finished:
        stack = self.stack
        return await processes.finish(
            [sys.executable, "-m", f"verification.{tool}", *arguments],
            stack.logs / f"{tool}.log",
            stack.client_environment,
        )

    async def _open(self, count: int) -> Opening | None:
        if not count:
            return None
        temporal, ours = self._sizes()
        seconds = await self.payments.open(count, self.progress)
        await self.settle()
        temporal_then, ours_then = self._sizes()
        return Opening(
            payments=count,
            seconds=seconds,
            temporal=table_sizes.growth(temporal, temporal_then),
            ours=table_sizes.growth(ours, ours_then),
        )

    def _sizes(self) -> tuple[table_sizes.Sizes, table_sizes.Sizes]:
        """Of Temporal's database and of ours."""
        folder = self.stack.folder
        return table_sizes.read(folder / "temporal.db"), table_sizes.read(folder / "orders.db")

    async def _at_rest(self) -> Mapping[str, float]:
        before = self.cpu.read()
        await asyncio.sleep(REST_SECONDS)
        after = self.cpu.read()
        return {name: (after[name] - before[name]) / REST_SECONDS for name in after}

    async def _seconds(self, call: Call) -> Sequence[float]:
        seconds: list[float] = []
        for _ in range(REQUEST_TIMES):
            begun = perf_counter()
            await self.api.send(call)
            seconds.append(perf_counter() - begun)
        return seconds

    async def _rates(self, waiting: int) -> Sequence[float]:
        rates: list[float] = []
        for number, count in self.load:
            title = f"{waiting:,} waiting payments, round {number} of {self.load.rounds}"
            with self.progress.phase(title, count) as done:
                seconds = await carry_out(self.system.order, count, self.load.concurrency, done)
            rates.append(count / seconds)
        return rates
