"""Orders that come by every failpoint, all at once, each killed at its own."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select

from dev.stack.stack import Stack
from storage import tables
from storage.database import Database
from tests.support.databases import opened
from tests.support.processes import eventually
from tests.support.shop import FINAL_ORDERS, Shop
from verification.chaos.failpoints import Armory, Failpoint
from verification.chaos.worker import VARIABLE

LIMIT_SECONDS = 1500.0
"""For all of them to end; the tests' own timeouts leave more."""

AGAIN_SECONDS = 90.0
"""For an activity to be executed again, of which Temporal waits 30 s to hear."""

KILLED = "killed"

LOOK_SECONDS = 0.5
"""Between two looks at where they are."""


@dataclass(frozen=True)
class State:
    """Where an order and its payment are."""

    order: str
    payment: str | None
    reminders: int


Step = tuple[Callable[[State], bool], Callable[[Shop, "Story"], object]]
"""As soon as the state is such, this is done."""


@dataclass(frozen=True)
class Scenario:
    """An order, what happens to it, and how it must end; amounts in cents.

    The customer orders one piece for 2500 cents.
    """

    status: str
    order_events: list[str]
    payment_events: list[str]
    mails: list[str]
    captured: list[int] = field(default_factory=list[int])
    refunded: list[int] = field(default_factory=list[int])
    shipments: list[str] = field(default_factory=list[str])
    policy: str = "charge_first"
    card: str | None = "pm_card_visa"
    balance: int = 0
    balance_after: int = 0
    stock: int = 1
    stock_after: int = 0
    steps: Sequence[Step] = ()


@dataclass
class Story:
    """The order of one failpoint."""

    failpoint: Failpoint
    scenario: Scenario
    customer: str
    sku: str
    order: str = ""
    workflow: str = ""
    steps: list[Step] = field(init=False)

    def __post_init__(self) -> None:
        """Nothing has happened yet."""
        self.steps = list(self.scenario.steps)

    def next_step(self, state: State) -> Callable[[Shop, "Story"], object] | None:
        """What is to be done now, once."""
        if self.steps and self.steps[0][0](state):
            return self.steps.pop(0)[1]
        return None


@dataclass(frozen=True)
class Played:
    """What became of them."""

    stack: Stack
    shop: Shop
    stories: Mapping[Failpoint, Story]
    armory: Armory

    def recovery_seconds(self, failpoint: Failpoint) -> float:
        """From the kill to the next execution of the very same activity, having awaited its end.

        Fails if nobody was killed, or if the activity was not executed again.
        """
        workflow = self.stories[failpoint].workflow
        assert self.armory.is_set_off(failpoint, workflow), f"{failpoint} was not reached"
        eventually(
            lambda: "after" in self._again(failpoint), f"{failpoint} executed again", AGAIN_SECONDS
        )
        again = self._again(failpoint)
        return again["before"] - again[KILLED]

    def _again(self, failpoint: Failpoint) -> dict[str, float]:
        """When the same activity came by each point for the first time in another process."""
        workflow = self.stories[failpoint].workflow
        passings = [
            one
            for one in self.armory.journal()
            if (one.workflow, one.activity) == (workflow, failpoint.activity)
        ]
        killed = next(one for one in passings if one.point == failpoint.point)
        later = [
            one
            for one in passings
            if one.moment > killed.moment
            and one.activity_id == killed.activity_id
            and one.process != killed.process
        ]
        return {one.point: one.moment for one in reversed(later)} | {KILLED: killed.moment}

    def assert_done_once(self, failpoint: Failpoint) -> None:
        """The order ended as it must; nobody was charged, paid, sent or written to twice."""
        story, shop = self.stories[failpoint], self.shop
        scenario, order = story.scenario, story.order
        found = {
            "status": shop.see_order(order)["status"],
            "order_events": shop.order_events(order),
            "payment_events": shop.payment_events(order),
            "captured": shop.captured(order),
            "refunded": shop.refunded(order),
            "shipments": [one["status"] for one in shop.shipments(order)],
            "balance_after": shop.balance(story.customer),
            "stock_after": shop.stock(story.sku),
        }
        for name, value in found.items():
            wanted = getattr(scenario, name)
            assert value == wanted, f"{name} {value} instead of {wanted}"
        shop.await_mails(story.customer, *scenario.mails)


@contextmanager
def played(
    folder: Path,
    chosen: Iterable[Failpoint],
    scenarios: Mapping[str, tuple[str, Scenario]],
    worker: str = "-m verification.chaos.worker",
) -> Iterator[Played]:
    """A stack in which an order was killed at each of the failpoints; it runs until the block ends.

    `scenarios` says for each activity what its workflow's id begins with, and the order.
    """
    armory = Armory(folder / "failpoints")
    armory.prepare()
    environment = {
        VARIABLE: str(armory.folder),
        "RETRY_FIRST": "PT0.2S",
        "RETRY_LONGEST": "PT1S",
        "CARD_SEARCH_LAG": "PT0S",
    }
    with Stack(folder, environment=environment, worker=worker) as stack:
        shop = Shop(stack)
        with ThreadPoolExecutor(8) as people:
            met = people.map(lambda one: _meet(shop, one, scenarios[one.activity][1]), chosen)
            stories = {story.failpoint: story for story in met}
        stack.stop("worker")
        for failpoint, story in stories.items():
            story.order = shop.order(story.customer, story.sku, policy=story.scenario.policy)
            story.workflow = f"{scenarios[failpoint.activity][0]}/{story.order}"
            if story.workflow.startswith("card/"):
                story.workflow = f"card/{story.customer}"
            armory.arm(failpoint, story.workflow)
        stack.start("worker")
        with opened(stack.environment["DATABASE_URL"]) as database:
            _tell(shop, database, stories.values())
        with closing(shop.http):
            yield Played(stack, shop, stories, armory)


def _meet(shop: Shop, failpoint: Failpoint, scenario: Scenario) -> Story:
    """A customer and a product, with a worker that nobody kills yet."""
    customer = shop.customer(scenario.card, balance=scenario.balance)
    return Story(failpoint, scenario, customer, shop.product(stock=scenario.stock))


def _tell(shop: Shop, database: Database, stories: Iterable[Story]) -> None:
    """Until every order has ended."""
    end = time.monotonic() + LIMIT_SECONDS
    open_stories = list(stories)
    with ThreadPoolExecutor(32) as people:
        while open_stories:
            states = _states(database)
            for story in open_stories:
                state = states.get(story.order)
                step = state and story.next_step(state)
                if step:
                    people.submit(step, shop, story)
            open_stories = [
                story
                for story in open_stories
                if (state := states.get(story.order)) is None or state.order not in FINAL_ORDERS
            ]
            if time.monotonic() > end:
                return  # each one's own test says what it waits for
            time.sleep(LOOK_SECONDS)


def _states(database: Database) -> dict[str, State]:
    """Every order's, from the rows: asking the API would ask Temporal for each of them."""
    orders, payments = tables.orders, tables.payments
    with database.read() as tx:
        rows = tx.execute(
            select(
                orders.c.id, orders.c.status, payments.c.status, payments.c.reminders_sent
            ).outerjoin(payments, payments.c.id == orders.c.id)
        ).all()
    return {id: State(order, payment, reminders or 0) for id, order, payment, reminders in rows}
