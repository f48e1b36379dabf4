"""Plays an order for each failpoint, all at once; the worker is killed at each."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select

from dev.stack.stack import Stack
from gateways.stripe_cards import StripeCards
from storage import customers, tables
from storage.database import Database
from tests.support.card_events import CardHolders
from tests.support.databases import opened
from tests.support.processes import eventually
from tests.support.shop import FINAL_ORDERS, Shop
from verification.chaos.failpoints import Failpoint, FailpointRegistry
from verification.chaos.worker import VARIABLE

LIMIT_SECONDS = 1500.0
"""For all orders to end; the tests' own timeouts are longer."""

RETRY_SECONDS = 90.0
"""For an activity to be executed again: it times out after 30 s."""

KILLED = "killed"
PART = "return-3"
"""The reference of a part that is given back."""

CARD_FIRST = ["CreditCardRefunded", "AmountCredited"]

RECEIVED = "We received your payment"
FAILED = "Your card did not pay: please update it"
CONFIRM = "Please confirm your payment with your bank"
TRUE_FOR_A_WHILE = {RECEIVED, FAILED, CONFIRM}
"""Mails that are not sent if the order goes on before the mailer reaches them."""

POLL_SECONDS = 0.5
"""Between two reads of the orders' states."""


@dataclass(frozen=True)
class State:
    """The state of an order and its payment."""

    order: str
    payment: str | None
    reminders: int


Step = tuple[Callable[[State], bool], Callable[[Shop, "Story"], object]]
"""A condition, and the action that is taken once when it holds."""


@dataclass(frozen=True)
class FailpointScenario:
    """An order, the steps taken, and the expected end; amounts in cents.

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
    scenario: FailpointScenario
    customer: str
    sku: str
    order: str = ""
    workflow: str = ""
    steps: list[Step] = field(init=False)

    def __post_init__(self) -> None:
        """All steps are still to be taken."""
        self.steps = list(self.scenario.steps)

    def next_step(self, state: State) -> Callable[[Shop, "Story"], object] | None:
        """The step to take now; None if there is none."""
        if self.steps and self.steps[0][0](state):
            return self.steps.pop(0)[1]
        return None


@dataclass(frozen=True)
class Played:
    """The orders that were played."""

    stack: Stack
    shop: Shop
    stories: Mapping[Failpoint, Story]
    registry: FailpointRegistry

    def recovery_seconds(self, failpoint: Failpoint) -> float:
        """Seconds from the kill to the next execution of the same activity, whose end is awaited.

        Fails if no process was killed, or if the activity was not executed again.
        """
        workflow = self.stories[failpoint].workflow
        assert self.registry.is_triggered(failpoint, workflow), f"{failpoint} was not reached"
        eventually(
            lambda: "after" in self._next_execution(failpoint),
            f"{failpoint} executed again",
            RETRY_SECONDS,
        )
        retry = self._next_execution(failpoint)
        return retry["before"] - retry[KILLED]

    def _next_execution(self, failpoint: Failpoint) -> dict[str, float]:
        """By point, the time at which the same activity reached it first in another process."""
        workflow = self.stories[failpoint].workflow
        passed = [
            one
            for one in self.registry.journal()
            if (one.workflow, one.activity) == (workflow, failpoint.activity)
        ]
        killed = next(one for one in passed if one.point == failpoint.point)
        later = [
            one
            for one in passed
            if one.moment > killed.moment
            and one.activity_id == killed.activity_id
            and one.process != killed.process
        ]
        return {one.point: one.moment for one in reversed(later)} | {KILLED: killed.moment}

    def assert_done_once(self, failpoint: Failpoint) -> None:
        """The order ended as expected, and no effect happened twice."""
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
        # Once the card's part has waited for a minute, the account's part waits no more.
        if scenario.payment_events[-2:] == found["payment_events"][:-3:-1] == CARD_FIRST:
            found["payment_events"][-2:] = CARD_FIRST
        for name, value in found.items():
            wanted = getattr(scenario, name)
            assert value == wanted, f"{name} {value} instead of {wanted}"
        self._assert_mails(story)

    def _assert_mails(self, story: Story) -> None:
        """Each was queued once, and then sent, unless it was not true any more by then."""
        mails = tables.mails
        columns = select(mails.c.subject, mails.c.sent_at, mails.c.obsolete_at)
        of_customer = columns.where(mails.c.customer_id == story.customer)
        with opened(self.stack.environment["DATABASE_URL"]) as database:

            def queued() -> Sequence[Any]:
                with database.read() as tx:
                    return tx.execute(of_customer).all()

            def is_settled() -> bool:
                rows = queued()
                are_done = all(row.sent_at or row.obsolete_at for row in rows)
                return are_done and len(rows) == len(story.scenario.mails)

            eventually(is_settled, f"the mails of {story.customer}", RETRY_SECONDS)
            rows = queued()
        assert sorted(row.subject for row in rows) == sorted(story.scenario.mails)
        assert {row.subject for row in rows if row.obsolete_at} <= TRUE_FOR_A_WHILE
        self.shop.await_mails(story.customer, *(row.subject for row in rows if row.sent_at))


@contextmanager
def played(
    folder: Path,
    chosen: Iterable[Failpoint],
    scenarios: Mapping[str, tuple[str, FailpointScenario]],
    worker: str = "-m verification.chaos.worker",
) -> Iterator[Played]:
    """Start a stack and kill its worker at each failpoint; it runs until the block ends.

    `scenarios` holds for each activity the prefix of its workflow's id, and the order.
    """
    registry = FailpointRegistry(folder / "failpoints")
    registry.prepare()
    environment = {
        VARIABLE: str(registry.folder),
        "RETRY_FIRST": "PT0.2S",
        "RETRY_LONGEST": "PT1S",
        "CARD_SEARCH_LAG": "PT0S",
    }
    with Stack(folder, environment=environment, worker=worker) as stack:
        shop = Shop(stack)
        # They would record a refund between two executions of `refund_card`, which then has no
        # more points: any order's failpoint kills the worker of all.
        CardHolders(stack.cards_url).webhooks(lose=["refund.created", "charge.refunded"])
        with ThreadPoolExecutor(8) as people:
            prepared = people.map(
                lambda one: _prepare(shop, one, scenarios[one.activity][1]), chosen
            )
            stories = {story.failpoint: story for story in prepared}
        stack.stop("worker")
        for failpoint, story in stories.items():
            story.order = shop.order(story.customer, story.sku, policy=story.scenario.policy)
            story.workflow = f"{scenarios[failpoint.activity][0]}/{story.order}"
            if story.workflow.startswith("card/"):
                story.workflow = f"card/{story.customer}"
            if story.workflow.startswith("part/"):
                story.workflow = f"refund/{story.order}/{PART}"
            registry.arm(failpoint, story.workflow)
        stack.start("worker")
        with opened(stack.environment["DATABASE_URL"]) as database:
            _play(shop, database, stories.values())
        with closing(shop.http):
            yield Played(stack, shop, stories, registry)


def _prepare(shop: Shop, failpoint: Failpoint, scenario: FailpointScenario) -> Story:
    """Create a customer and a product while no failpoint is armed.

    The card provider knows the customer, so that a charge takes as many steps when it is repeated.
    """
    customer = shop.customer(scenario.card, balance=scenario.balance)
    environment = shop.stack.environment
    provider = StripeCards(environment["STRIPE_API_KEY"], shop.stack.cards_url)
    known_as = provider.create_customer(customer)
    with opened(environment["DATABASE_URL"]) as database, database.write() as tx:
        customers.keep_provider_customer(tx, customer, known_as)
    return Story(failpoint, scenario, customer, shop.product(stock=scenario.stock))


def _play(shop: Shop, database: Database, stories: Iterable[Story]) -> None:
    """Take all steps until every order has ended."""
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
                if (state := states.get(story.order)) is None
                or state.order not in FINAL_ORDERS
                or story.steps
            ]
            if time.monotonic() > end:
                return  # the test of each order fails on its own
            time.sleep(POLL_SECONDS)


def _states(database: Database) -> dict[str, State]:
    """The states of all orders, from the rows: the API would query Temporal for each."""
    orders, payments = tables.orders, tables.payments
    with database.read() as tx:
        rows = tx.execute(
            select(
                orders.c.id, orders.c.status, payments.c.status, payments.c.reminders_sent
            ).outerjoin(payments, payments.c.id == orders.c.id)
        ).all()
    return {id: State(order, payment, reminders or 0) for id, order, payment, reminders in rows}
