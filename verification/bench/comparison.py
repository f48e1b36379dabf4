"""Compares the system and the bare workflow, by turns, on the same server."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from temporalio.client import Client

from verification.bench import histories
from verification.bench.bare import STEPS
from verification.bench.contenders import Contender, sample
from verification.bench.errors import InvalidMeasurementError
from verification.bench.load import Load, carry_out
from verification.bench.processes import Cpu
from verification.bench.progress_bar import Progress


@dataclass
class Measured:
    """The results of one contender, by round."""

    name: str
    orders: int = 0
    rates: list[float] = field(default_factory=list[float])
    """Orders per second, of each round."""
    cpu: dict[str, float] = field(default_factory=dict[str, float])
    """Seconds, of all rounds, by process."""
    steps: histories.Steps = field(default_factory=histories.Steps)
    """Of an order."""

    def cpu_per_order(self, process: str) -> float:
        """Seconds."""
        return self.cpu.get(process, 0.0) / self.orders

    def ratios_to(self, other: "Measured") -> list[float]:
        """Of the orders per second, of each round."""
        return [mine / theirs for mine, theirs in zip(self.rates, other.rates, strict=True)]


async def compare(
    client: Client,
    contenders: Sequence[Contender],
    cpu: Cpu,
    load: Load,
    progress: Progress,
) -> dict[str, Measured]:
    """The `load` on each contender, by its name; every other round in the reverse sequence.

    Raises InvalidMeasurementError if the contenders do not take the same steps.
    """
    measured = {contender.name: Measured(contender.name) for contender in contenders}
    with progress.phase("warming up", load.concurrency * len(contenders)) as done:
        for contender in contenders:
            await carry_out(contender.order, load.concurrency, load.concurrency, done)
    for number, count in load:
        for contender in contenders if number % 2 else reversed(contenders):
            title = f"round {number} of {load.rounds}: {contender.name}"
            with progress.phase(title, count) as done:
                result = measured[contender.name]
                await cpu.settle()
                before = cpu.read()
                seconds = await carry_out(contender.order, count, load.concurrency, done)
                await cpu.settle()  # work after an order's end is part of its cost
                add(result.cpu, before, cpu.read())
                result.rates.append(count / seconds)
                result.orders += count
    for contender in contenders:
        orders_seen = [await histories.read(client, ids) for ids in sample(contender)]
        measured[contender.name].steps = histories.steps(orders_seen)
        _check_same_steps(measured[contender.name])
    return measured


def add(total: dict[str, float], before: Mapping[str, float], after: Mapping[str, float]) -> None:
    """Add the seconds used between two readings."""
    for name, seconds in after.items():
        total[name] = total.get(name, 0.0) + seconds - before[name]


def _check_same_steps(measured: Measured) -> None:
    activities = measured.steps.local_activities + measured.steps.regular_activities
    if activities != len(STEPS):
        message = (
            f"{measured.name} runs {activities} activities per order, "
            f"verification/bench/bare.py {len(STEPS)}: "
            "the numbers must be equal"
        )
        raise InvalidMeasurementError(message)
