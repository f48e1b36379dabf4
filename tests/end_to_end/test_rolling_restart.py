"""Workers and API are replaced while orders come in: each order ends, once, and none waits long."""

import asyncio
import logging
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from itertools import cycle
from pathlib import Path
from threading import Event, Thread
from typing import Any
from uuid import uuid4

import pytest
from alembic.script import ScriptDirectory
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client

from clients import calls
from clients.calls import Call
from clients.errors import ApiError, UnavailableError
from clients.rest import RestClient
from dev.stack.stack import Stack
from domain.statuses import OrderPolicy
from storage.migrate import alembic_config
from tests.support.audits import assert_as_recorded, assert_consistent
from tests.support.processes import REPOSITORY, Running, answers, eventually, running
from tests.support.shop import FINAL_ORDERS, TIMEOUT_SECONDS, Shop
from tests.unit.deploy import image
from verification.bench.instruments import histories

log = logging.getLogger(__name__)

pytestmark = [pytest.mark.proof, pytest.mark.timeout(900)]

ROUNDS = 4
CLIENTS = 3
ORDERS_BETWEEN = 5
"""That end between two restarts."""

LONGEST_SECONDS = 120.0
"""For an order: a task lost on its way to a worker that ends waits for 30 s at most."""


@dataclass
class Customers:
    """Each places an order, sees to its end, and places the next one."""

    api_url: str
    customer: str
    sku: str
    seconds: dict[str, float] = field(default_factory=dict)
    """How long each order took that has ended."""

    odd: list[str] = field(default_factory=list)
    """Answers that nobody should get, whatever is being restarted."""

    _stop: Event = field(default_factory=Event)

    @contextmanager
    def ordering(self) -> Iterator[None]:
        """While the block runs; then waits for the orders under way."""
        threads = [Thread(target=self._run) for _ in range(CLIENTS)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._stop.set()
            for thread in threads:
                thread.join()

    def _run(self) -> None:
        policies = cycle(OrderPolicy)
        with RestClient(self.api_url, timeout=60) as api:
            while not self._stop.is_set() and not self.odd:
                try:
                    self._order(api, next(policies))
                except ApiError as error:
                    self.odd.append(str(error))

    def _order(self, api: RestClient, policy: OrderPolicy) -> None:
        began = time.monotonic()
        lines = [(self.sku, 1)]
        call = calls.place_order(self.customer, lines, policy=policy, key=uuid4().hex)
        id = str(_send(api, call)["id"])
        while _send(api, calls.get_order(id))["status"] not in FINAL_ORDERS:
            time.sleep(0.1)
        self.seconds[id] = time.monotonic() - began


def _send(api: RestClient, call: Call) -> dict[str, Any]:
    """Repeats the call, under the same key, until the restarted API answers."""
    while True:
        try:
            return api.send(call)
        except UnavailableError as error:
            if error.status not in {None, HTTPStatus.SERVICE_UNAVAILABLE}:
                raise
            time.sleep(0.1)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """A stack of our own; the charges take as long as real ones."""
    with Stack(tmp_path) as stack:
        shop = Shop(stack)
        shop.cards.fault("slow", seconds=0.3)
        yield shop
        shop.http.close()


def test_workers_and_api_replaced_while_orders_come_in(shop: Shop) -> None:
    stack = shop.stack
    customers = Customers(stack.api_url, shop.customer("pm_card_visa"), shop.product(stock=10_000))
    with ExitStack() as workers:
        old = workers.enter_context(_worker(stack))
        stack.stop("worker")
        with customers.ordering():
            for _ in range(ROUNDS):
                new = workers.enter_context(_worker(stack))
                _await_orders(customers, ORDERS_BETWEEN)
                old.process.terminate()
                assert old.process.wait(TIMEOUT_SECONDS) == 0, old.log()
                assert "leaving activities" not in old.log()
                stack.restart("api")
                old = new
            _await_orders(customers, ORDERS_BETWEEN)

    assert customers.odd == []
    for order in customers.seconds:
        assert shop.see_order(order)["status"] == "fulfilled"
        assert shop.captured(order) == [2500]
    assert_consistent(stack)
    assert_as_recorded(stack)
    again = asyncio.run(_handed_out_again(stack.temporal_address, list(customers.seconds)))
    longest = max(customers.seconds.values())
    log.info("%d orders, the longest %.1f s; %s", len(customers.seconds), longest, dict(again))
    assert longest < LONGEST_SECONDS
    # The exception, of a dozen tasks of each order: a starved machine loses some of its own.
    assert again.total() <= len(customers.seconds)


HEAD = str(ScriptDirectory.from_config(alembic_config("")).get_current_head())
EXPANDING = """
def upgrade():
    op.add_column("mails", sa.Column("weight", sa.Integer()))
    op.create_index("ix_mails_weight", "mails", ["weight"])
    op.create_table("weights", sa.Column("id", sa.Integer(), primary_key=True))


def downgrade():
    op.drop_table("weights")
    op.drop_index("ix_mails_weight", "mails")
    op.drop_column("mails", "weight")
"""
CONTRACTING = """
def upgrade():
    op.drop_table("weights")


def downgrade():
    op.create_table("weights", sa.Column("id", sa.Integer(), primary_key=True))
"""


@pytest.fixture
def next_release(tmp_path: Path) -> Path:
    """What an image of the next release holds: this one, and a migration that expands."""
    folder = tmp_path / "next"
    image.lay_out(folder)
    _add_revision(folder, "9998", after=HEAD, oldest=HEAD, changes=EXPANDING)
    return folder


def _add_revision(release: Path, id: str, *, after: str, oldest: str, changes: str) -> None:
    file = release / "storage" / "migrations" / "versions" / f"r{id}_weights.py"
    names = {"revision": id, "down_revision": after, "oldest_compatible": oldest}
    lines = ["import sqlalchemy as sa", "from alembic import op"]
    lines += [f"{name} = {value!r}" for name, value in names.items()]
    file.write_text("\n".join([*lines, changes]))


def _alembic(release: Path, stack: Stack, *arguments: str) -> None:
    """The job of that release."""
    url = stack.environment["DATABASE_URL"]
    done = image.run(["alembic", *arguments], release, DATABASE_URL=url)
    assert done.returncode == 0, done.stderr


def test_a_migration_while_orders_come_in(
    empty_url: str, tmp_path: Path, next_release: Path
) -> None:
    """This release works before it, beside it, and when it is started again after it."""
    with Stack(tmp_path / "stack", environment={"DATABASE_URL": empty_url}) as stack:
        shop = Shop(stack)
        sku = shop.product(stock=10_000)
        customers = Customers(stack.api_url, shop.customer("pm_card_visa"), sku)
        with ExitStack() as workers:
            old = workers.enter_context(_worker(stack))
            stack.stop("worker")
            with customers.ordering():
                waits = _worker(stack, next_release, ready="run `alembic upgrade head`")
                new = workers.enter_context(waits)
                _await_orders(customers, ORDERS_BETWEEN)
                _alembic(next_release, stack, "upgrade", "head")
                eventually(lambda: "serving" in new.log(), "the new worker", TIMEOUT_SECONDS)
                _await_orders(customers, ORDERS_BETWEEN)
                stack.stop("api")
                with _api(stack, next_release):
                    assert old.stop() == 0
                    _await_orders(customers, ORDERS_BETWEEN)
                stack.start("api")
                stack.restart("mailer")
                again = workers.enter_context(_worker(stack))
                assert new.stop() == 0
                _await_orders(customers, ORDERS_BETWEEN)
            logs = [old.log(), new.log(), again.log(), stack.log("api"), stack.log("mailer")]
        assert customers.odd == []
        for order in customers.seconds:
            assert shop.see_order(order)["status"] == "fulfilled"
            assert shop.captured(order) == [2500]
        assert "9998 is newer" not in logs[0]
        for log_of_this_release in logs[2:]:
            assert log_of_this_release.count("9998 is newer than this release's") == 1
        assert not any("Traceback" in one for one in logs)
        _refused_after_a_contraction(stack, next_release)
        shop.http.close()
        assert_consistent(stack)


def _refused_after_a_contraction(stack: Stack, release: Path) -> None:
    _add_revision(release, "9999", after="9998", oldest="9998", changes=CONTRACTING)
    _alembic(release, stack, "upgrade", "head")
    with _worker(stack, ready="9999 is too new for this release") as refused:
        _alembic(release, stack, "downgrade", "9998")
        eventually(lambda: "serving" in refused.log(), "the worker", TIMEOUT_SECONDS)


def _await_orders(customers: Customers, more: int) -> None:
    wanted = len(customers.seconds) + more
    eventually(
        lambda: bool(customers.odd) or len(customers.seconds) >= wanted,
        f"{more} more orders",
        LONGEST_SECONDS,
    )
    assert customers.odd == []


async def _handed_out_again(address: str, orders: Sequence[str]) -> Counter[str]:
    """Tasks that had to be handed out again, by what happened to them."""
    client = await Client.connect(address)
    ids = [f"{kind}/{order}" for order in orders for kind in ("order", "payment")]
    found = await histories.read(client, ids)
    return Counter(kind for history in found for event in history if (kind := _again(event)))


def _again(event: HistoryEvent) -> str | None:
    match event.event_type:
        case EventType.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT:
            return "workflow task lost"
        case EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED:
            return "workflow task failed"
        case EventType.EVENT_TYPE_ACTIVITY_TASK_STARTED:
            return "activity" if event.activity_task_started_event_attributes.attempt > 1 else None
        case _:
            return None


@contextmanager
def _worker(
    stack: Stack, release: Path = REPOSITORY, ready: str = "serving orders"
) -> Iterator[Running]:
    """A worker of that release, once its log says that."""
    env = stack.client_environment
    command = [sys.executable, "worker.py"]
    with running(command, ready=lambda: True, env=env, folder=release) as worker:
        eventually(lambda: ready in worker.log(), f"the worker: {ready}", TIMEOUT_SECONDS)
        yield worker


@contextmanager
def _api(stack: Stack, release: Path) -> Iterator[Running]:
    """The API of that release, once it is ready."""
    env = stack.client_environment
    ready = answers(f"{stack.api_url}/readyz")
    with running([sys.executable, "-m", "api"], ready=ready, env=env, folder=release) as api:
        yield api
