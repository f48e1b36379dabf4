"""Measures the real worker: its sandbox, pollers, memory and CPU profile."""

import sys
from collections.abc import Generator, Sequence
from contextlib import AbstractContextManager, contextmanager

from temporalio.client import Client

from dev.stack import Stack
from verification.bench.contenders.system import System
from verification.bench.contenders.worker_variant import Variant
from verification.bench.instruments import histories, processes, profiles
from verification.bench.instruments.histories import Waits
from verification.bench.instruments.load import Load, carry_out
from verification.bench.instruments.processes import Cpu
from verification.bench.instruments.profiles import Profile
from verification.bench.instruments.progress_bar import Progress

MEMORY_INTERVAL = 100
"""Orders between two measurements of the worker's memory."""


WORKERS = ("worker",)
"""The processes of the stack that are its worker."""


def pids(stack: Stack) -> list[int]:
    """Of the stack's worker."""
    return [stack.pid(name) for name in WORKERS]


@contextmanager
def without(stack: Stack) -> Generator[None]:
    """Stop the stack's worker, so that variants take its place; it serves again after the block."""
    for name in WORKERS:
        stack.stop(name)
    yield
    for name in WORKERS:
        stack.start(name)


def bare(stack: Stack) -> AbstractContextManager[int]:
    """Run a worker for the bare workflow; yields its process id."""
    return _running(stack, "bare", "bare_worker")


def worker(stack: Stack, variant: Variant, *arguments: str) -> AbstractContextManager[int]:
    """Run a variant instead of the stack's worker, which must be stopped; yields its process id."""
    return _running(stack, variant, "worker_variant", variant, *arguments)


@contextmanager
def _running(stack: Stack, name: str, module: str, *arguments: str) -> Generator[int]:
    command = [sys.executable, "-m", f"verification.bench.contenders.{module}", *arguments]
    log = stack.logs / f"{name}.log"
    with processes.running(command, log, stack.client_environment) as pid:
        yield pid


async def memory(
    pids: Sequence[int], system: System, load: Load, progress: Progress
) -> list[tuple[int, int]]:
    """(orders so far, the worker's bytes), every hundred orders."""
    samples: list[tuple[int, int]] = []
    so_far = 0
    with progress.phase("the worker's memory", load.orders) as shown:

        def done() -> None:
            nonlocal so_far
            so_far += 1
            shown()
            if so_far % MEMORY_INTERVAL == 0:
                samples.append((so_far, processes.memory(pids)))

        await carry_out(system.order, load.orders, load.concurrency, done)
    return samples


async def sandbox_shares(
    stack: Stack, system: System, load: Load, progress: Progress
) -> list[float]:
    """The share of the worker's CPU per order that its sandbox costs, round by round."""
    shares: list[float] = []
    variants = (Variant.AS_IT_IS, Variant.WITHOUT_SANDBOX)
    for number, count in load:
        cpu: dict[Variant, float] = {}
        for variant in variants if number % 2 else variants[::-1]:
            title = f"sandbox, round {number} of {load.rounds}: {variant}"
            with (
                worker(stack, variant) as pid,
                progress.phase(title, load.concurrency + count) as done,
            ):
                await carry_out(system.order, load.concurrency, load.concurrency, done)
                meter = Cpu({"worker": [pid]})
                before = meter.read()["worker"]
                await carry_out(system.order, count, load.concurrency, done)
                cpu[variant] = meter.read()["worker"] - before
        shares.append(1 - cpu[Variant.WITHOUT_SANDBOX] / cpu[Variant.AS_IT_IS])
    return shares


async def poller_waits(
    stack: Stack, system: System, client: Client, load: Load, progress: Progress
) -> dict[Variant, list[Waits]]:
    """How long tasks waited for a worker, by kind of poller, round by round."""
    variants = (Variant.AS_IT_IS, Variant.WITH_DEFAULT_POLLERS)
    waits: dict[Variant, list[Waits]] = {variant: [] for variant in variants}
    for number, count in load:
        for variant in variants if number % 2 else variants[::-1]:
            title = f"pollers, round {number} of {load.rounds}: {variant}"
            with worker(stack, variant), progress.phase(title, load.concurrency + count) as done:
                await carry_out(system.order, load.concurrency, load.concurrency, done)
                first = len(system.workflow_ids)
                await carry_out(system.order, count, load.concurrency, done)
            result = Waits()
            for ids in system.workflow_ids[first:]:
                for history in await histories.read(client, ids):
                    result.add(history)
            waits[variant].append(result)
    return waits


async def profile(stack: Stack, system: System, load: Load, progress: Progress) -> Profile:
    """Profile the worker's CPU."""
    file = stack.folder / "worker.pstats"
    with (
        worker(stack, Variant.PROFILED, str(file)),
        progress.phase("profile of the worker's CPU", load.orders) as done,
    ):
        await carry_out(system.order, load.orders, load.concurrency, done)
    return profiles.read(file)
