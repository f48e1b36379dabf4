"""Worker and API can be stopped at any time: they exit with 0, nothing is lost or done twice."""

import os
import signal
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import cycle, islice, product

import pytest

from dev.stack.stack import Stack
from tests.support.audits import assert_consistent
from tests.support.processes import Running, answers, eventually, running
from tests.support.shop import TIMEOUT_SECONDS, Shop

pytestmark = pytest.mark.proof

ROUNDS = int(os.environ.get("SHUTDOWN_ROUNDS", "8"))
"""How often worker and API are started and stopped; a crash in one of ten wants 50 to be seen."""

CHARGES = "/v1/payment_intents"
KINDS = product((signal.SIGTERM, signal.SIGINT), ("idle", "busy"))


@pytest.fixture(scope="module", autouse=True)
def _ours_alone(stack: Stack) -> Iterator[None]:
    """The tests here start and stop their own."""
    for name in ("worker", "api"):
        stack.stop(name)
    yield
    for name in ("worker", "api"):
        stack.start(name)
    stack.wait_until_ready()
    assert_consistent(stack)


@pytest.fixture(autouse=True)
def audited() -> None:
    """Not after each test: nothing can end while there is no worker."""


@pytest.mark.parametrize(
    ("_round", "stop", "load"),
    [(number, *kind) for number, kind in enumerate(islice(cycle(list(KINDS)), ROUNDS))],
)
def test_exits_with_0(
    shop: Shop, stack: Stack, _round: int, stop: signal.Signals, load: str
) -> None:
    with _api(stack) as api, _worker(stack) as worker:
        customer = shop.customer("pm_card_visa")
        sku = shop.product(stock=20)
        shop.await_order(shop.order(customer, sku), "fulfilled")
        orders = [shop.order(customer, sku) for _ in range(8)] if load == "busy" else []

        for process in (worker, api):
            process.process.send_signal(stop)
        for process in (worker, api):
            _assert_ended_well(process)

    if orders:
        with _api(stack), _worker(stack):
            for order in orders:
                shop.await_order(order, "fulfilled")
                assert shop.captured(order) == [2500]


def test_what_is_under_way_is_finished_before_the_end(shop: Shop, stack: Stack) -> None:
    with _api(stack):
        with _worker(stack) as worker:
            order = _order_whose_charge_is_held(shop)
            worker.process.terminate()
            _await_line(worker, "draining")
            shop.cards.clear_faults()
            _assert_ended_well(worker)

        # There is no worker now: that one has written it down.
        assert "CreditCardCharged" in shop.payment_events(order)
        with _worker(stack):
            shop.await_order(order, "fulfilled")
        assert shop.captured(order) == [2500]


def test_a_charge_that_does_not_end_holds_up_nobody(shop: Shop, stack: Stack) -> None:
    with _api(stack):
        with _worker(stack, DRAIN_SECONDS="0.5", OUTSIDE_TIMEOUT_SECONDS="25") as worker:
            order = _order_whose_charge_is_held(shop)
            worker.process.terminate()
            _assert_ended_well(worker)
            assert "leaving activities" in worker.log()

        shop.cards.clear_faults()
        with _worker(stack):
            shop.await_order(order, "fulfilled")
        assert shop.captured(order) == [2500]


def _order_whose_charge_is_held(shop: Shop) -> str:
    customer, sku = shop.customer("pm_card_visa"), shop.product()
    shop.cards.fault("hold", only=CHARGES)
    order = shop.order(customer, sku)
    shop.cards.await_held()
    return order


def _assert_ended_well(process: Running) -> None:
    assert process.process.wait(TIMEOUT_SECONDS) == 0, process.log()
    for bad in ("Fatal Python error", "Traceback", "still refers to a Temporal runtime"):
        assert bad not in process.log()


@contextmanager
def _worker(stack: Stack, **settings: str) -> Generator[Running]:
    with _running(stack, "worker.py", ready=lambda: True, **settings) as worker:
        _await_line(worker, "serving")
        yield worker


def _api(stack: Stack) -> AbstractContextManager[Running]:
    return _running(stack, "-m", "api", ready=answers(f"{stack.api_url}/readyz"))


def _running(
    stack: Stack, *args: str, ready: Callable[[], bool], **settings: str
) -> AbstractContextManager[Running]:
    env = stack.client_environment | settings
    return running([sys.executable, *args], ready=ready, env=env, timeout_seconds=TIMEOUT_SECONDS)


def _await_line(process: Running, words: str) -> None:
    eventually(lambda: words in process.log(), f"{words!r} in the log", TIMEOUT_SECONDS)
