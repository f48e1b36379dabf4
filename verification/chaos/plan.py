"""The plan: who orders what, what they do later, and what goes wrong when.

A pure function of the seed and the number of orders. When a fault is due is counted in orders
placed, not in seconds, so that a slow machine plays the same plan.
"""

from dataclasses import dataclass
from random import Random

from verification.chaos.fault_kinds import DECK, Fault
from verification.chaos.sampler import Deck
from verification.chaos.scenario_sampling import Drawing
from verification.chaos.scenarios import Errand, Product

FAULTED_EVERY = 9
"""Orders from one fault to the next; fewer if there would be less than one deck of faults."""

LEAST_EVERY = 3


@dataclass(frozen=True)
class PlannedFault:
    """It is due when `after` orders were accepted."""

    after: int
    fault: Fault


@dataclass(frozen=True)
class Plan:
    """Everything that will be asked for and go wrong."""

    seed: int
    products: tuple[Product, ...]
    errands: tuple[Errand, ...]
    faults: tuple[PlannedFault, ...]

    @property
    def orders(self) -> int:
        """How many are placed, payments without an order among them."""
        return sum(len(errand.orders) for errand in self.errands)


def make_plan(seed: int, orders: int) -> Plan:
    """The one plan of that seed with so many orders."""
    random = Random(seed)  # noqa: S311  to be drawn again, not to be secret  # nosec B311
    drawing = Drawing(random)
    errands: list[Errand] = []
    left = orders
    while left:
        errands.append(drawing.errand(at_most=left))
        left -= len(errands[-1].orders)
    return Plan(seed, tuple(drawing.products), tuple(errands), _faults(random, orders))


def _faults(random: Random, orders: int) -> tuple[PlannedFault, ...]:
    every = max(LEAST_EVERY, min(FAULTED_EVERY, orders // (len(DECK) + 1)))
    deck = Deck(random, DECK)
    return tuple(PlannedFault(after, deck.draw()) for after in range(every, orders, every))
