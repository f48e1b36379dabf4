"""Compares the system with others, by turns, on the same server."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from verification.bench.contenders.contender import Contender
from verification.bench.instruments import histories
from verification.bench.instruments.load import Load, carry_out
from verification.bench.instruments.processes import Cpu, Pids
from verification.bench.instruments.progress_bar import Progress


@dataclass
class Measured:
    """The results of one contender, by round."""

    name: str
    rates: list[float] = field(default_factory=list[float])
    """Orders per second."""
    cpu: dict[str, list[float]] = field(default_factory=dict[str, list[float]])
    """Milliseconds per order, by process."""
    starts: list[list[float]] = field(default_factory=list[list[float]])
    """Milliseconds until an order was accepted, of each order."""
    steps: histories.Steps = field(default_factory=histories.Steps)
    """Of an order."""

    def ratios_to(self, other: "Measured") -> list[float]:
        """Of the orders per second, of each round."""
        return [mine / theirs for mine, theirs in zip(self.rates, other.rates, strict=True)]


async def compare(
    contenders: Sequence[tuple[Contender, Pids]], load: Load, progress: Progress
) -> list[Measured]:
    """The `load` on each contender and its processes; every other round in the reverse sequence."""
    measured = [Measured(contender.name) for contender, _ in contenders]
    entries = [
        (contender, Cpu(pids), result)
        for (contender, pids), result in zip(contenders, measured, strict=True)
    ]
    every_pid = {pid for _, pids in contenders for some in pids.values() for pid in some}
    everything = Cpu({"all": sorted(every_pid)})
    with progress.phase("warming up", load.concurrency * len(contenders)) as done:
        for contender, _ in contenders:
            await carry_out(contender.order, load.concurrency, load.concurrency, done)
    for number, count in load:
        for contender, cpu, result in entries if number % 2 else reversed(entries):
            title = f"round {number} of {load.rounds}: {contender.name}"
            with progress.phase(title, count) as done:
                await everything.settle()
                before, started = cpu.read(), len(contender.seconds_to_start)
                seconds = await carry_out(contender.order, count, load.concurrency, done)
                await everything.settle()  # work after an order's end is part of its cost
                for name, used in cpu.read().items():
                    costs = result.cpu.setdefault(name, [])
                    costs.append((used - before[name]) / count * 1000)
                result.rates.append(count / seconds)
                result.starts.append([each * 1000 for each in contender.seconds_to_start[started:]])
    for contender, _, result in entries:
        result.steps = histories.steps(await contender.histories())
    return measured
