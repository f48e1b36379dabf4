"""The plan of a run: the orders, the customers' later actions, faults, and operators' actions.

It is a pure function of the seed and the number of orders. Faults and interventions are due after a
number of accepted orders, not after seconds, so that a slow machine runs the same plan.
"""

from dataclasses import dataclass
from random import Random

from verification.chaos.fault_kinds import ALL_FAULTS, Fault
from verification.chaos.intervention_kinds import ALL_INTERVENTIONS, Intervention
from verification.chaos.sampler import Sampler
from verification.chaos.scenario_generator import ScenarioGenerator
from verification.chaos.scenarios import Product, Scenario

ORDERS_PER_FAULT = 9
"""Orders from one fault to the next; fewer if not every kind of fault would have its turn."""

LEAST_ORDERS_PER_FAULT = 3

ORDERS_PER_INTERVENTION = 9
"""Orders from one to the next; fewer, one at least, if not every kind would have its turn."""


@dataclass(frozen=True)
class PlannedFault:
    """A fault that is due when `after` orders were accepted."""

    after: int
    fault: Fault


@dataclass(frozen=True)
class PlannedIntervention:
    """What an operator does in Temporal once `after` orders were accepted."""

    after: int
    intervention: Intervention


@dataclass(frozen=True)
class Plan:
    """All scenarios, faults and interventions of a run."""

    seed: int
    products: tuple[Product, ...]
    scenarios: tuple[Scenario, ...]
    faults: tuple[PlannedFault, ...]
    interventions: tuple[PlannedIntervention, ...]

    @property
    def orders(self) -> int:
        """The number of orders, including payments without an order."""
        return sum(len(scenario.orders) for scenario in self.scenarios)


def make_plan(seed: int, orders: int) -> Plan:
    """Make the plan of that seed with that number of orders."""
    random = Random(seed)  # noqa: S311  reproducible, not secret  # nosec B311
    generator = ScenarioGenerator(random)
    scenarios: list[Scenario] = []
    remaining = orders
    while remaining:
        scenarios.append(generator.scenario(at_most=remaining))
        remaining -= len(scenarios[-1].orders)
    return Plan(
        seed=seed,
        products=tuple(generator.products),
        scenarios=tuple(scenarios),
        faults=_faults(random, orders),
        interventions=_interventions(of_operators(seed), orders),
    )


def of_operators(seed: int) -> Random:
    """What decides for operators: their part of a plan leaves the others as they are."""
    return Random(f"{seed} operators")  # noqa: S311  reproducible, not secret  # nosec B311


def _faults(random: Random, orders: int) -> tuple[PlannedFault, ...]:
    interval = max(LEAST_ORDERS_PER_FAULT, min(ORDERS_PER_FAULT, orders // (len(ALL_FAULTS) + 1)))
    sampler = Sampler(random, ALL_FAULTS)
    return tuple(PlannedFault(after, sampler.draw()) for after in range(interval, orders, interval))


def _interventions(random: Random, orders: int) -> tuple[PlannedIntervention, ...]:
    interval = max(1, min(ORDERS_PER_INTERVENTION, orders // (len(ALL_INTERVENTIONS) + 1)))
    sampler = Sampler(random, ALL_INTERVENTIONS)
    due = range(interval, orders, interval)
    return tuple(PlannedIntervention(after, sampler.draw()) for after in due)
