"""Payments wait on release 1; a bad release 2 is taken back, and a good one replaces release 1."""

import asyncio
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import httpx
from temporalio.client import Client

from clients import calls
from clients.errors import ApiError
from clients.rest import RestClient
from config.section import iso_8601
from dev.stack.stack import Stack
from tests.support.audits import assert_consistent
from tests.support.processes import REPOSITORY, answers, eventually, free_port, running
from tests.support.shop import Shop
from tests.verification.releases.workflows_2 import NEW_STEP
from workflows.names import TaskQueue

RELEASE_1 = {"BUILD_ID": "1"}
"""Settings of the stack whose payments wait."""

NEW_INTERVAL = timedelta(days=3)
"""Between reminders of payments that release 2 requests; two days before."""

REMINDERS = {"old, paid": 1, "old, canceled": 6, "new, paid": 0, "new, canceled": 4}
"""Old ones are paid after the first reminder, new ones before it."""

AT_ONCE = 16
LIMIT_SECONDS = 300.0

Given = TypeVar("Given")
Got = TypeVar("Got")


@dataclass
class Proof:
    """What is played on a stack that runs release 1; `say` gets each figure."""

    stack: Stack
    shop: Shop
    say: Callable[[str], None]

    def play(self, payments: int, ramp: float) -> None:
        """`ramp` is the share of the bad release, in percent.

        Raises AssertionError at the first thing that is not as promised.
        """
        self._versions("first", "1")
        old = self._request(self.shop.api, payments)
        self.say(f"{payments} payments wait for a card on release 1.")
        self._take_bad_release_back(old, ramp)
        with self._release("2"):
            self._versions("ramp", "2", f"{ramp:g}")
            self._versions("current", "2")
            self.stack.stop("worker")
            with self._next_api() as api:
                new = self._request(api, max(2, payments // 10))
            self.say(f"Release 1 has stopped; {len(new)} payments wait on release 2.")
            self._end(old, new)
            eventually(self._is_drained, "release 1 drained", LIMIT_SECONDS)
            self._versions("delete", "1")
            assert_consistent(self.stack)
            self.say("Release 1 is deleted; the audit found no violation.")

    def _take_bad_release_back(self, waiting: Sequence[str], ramp: float) -> None:
        metrics = f"http://127.0.0.1:{free_port()}/metrics"
        with self._release("2-bad", "--bad", metrics=metrics):
            self._versions("ramp", "2-bad", f"{ramp:g}")
            self._fast_forward(waiting, days=2)
            eventually(lambda: _failed_tasks(metrics) > 0, "failed tasks of 2-bad", LIMIT_SECONDS)
            stuck = [payment for payment in waiting if not self._reminders(payment)]
            self.say(f"Release 2-bad: its tasks fail, and {len(stuck)} payments stand still.")
            assert stuck
            self._versions("back")
            for payment in stuck:
                self._await_reminder(payment)
            self.say("Release 2-bad is taken back, and all payments go on.")

    def _end(self, old: Sequence[str], new: Sequence[str]) -> None:
        """Half of them get a card that pays; the deadline of the others passes."""
        paid = [*old[::2], *new[::2]]
        canceled = [*old[1::2], *new[1::2]]
        _together(self._give_card, paid)
        self._fast_forward(canceled, days=15)
        for payments, status in ((paid, "received"), (canceled, "canceled")):
            for payment in payments:
                self.shop.await_payment(payment, status)
        found = Counter(
            (f"{age}, {end}", self._reminders(payment))
            for age, all_of_it in (("old", old), ("new", new))
            for end, payments in (("paid", all_of_it[::2]), ("canceled", all_of_it[1::2]))
            for payment in payments
        )
        for (which, reminders), number in found.items():
            self.say(f"{number} payments, {which}: {reminders} reminders.")
        assert dict(found.keys()) == REMINDERS
        eventually(lambda: self._with_new_step() == set(paid), "the step of release 2")
        self.say(f"{len(paid)} payments were received with the step of release 2: all that paid.")

    def _request(self, api: RestClient, number: int) -> list[str]:
        """Payments of a customer each, whose card is declined; once they wait for another one."""

        def request(number: int) -> str:
            customer = self.shop.customer("pm_card_chargeDeclined")
            payment = api.send(calls.request_payment(customer, 2500, f"{customer}-{number}"))
            self.shop.await_payment(str(payment["id"]), "awaiting_card")
            return str(payment["id"])

        return _together(request, range(number))

    def _give_card(self, payment: str) -> None:
        customer = str(self.shop.see_payment(payment)["customer_id"])
        self.shop.update_customers_card(customer, "pm_card_visa")

    def _fast_forward(self, payments: Iterable[str], *, days: int) -> None:
        """Those whose tasks fail don't get there, which the API says when it has waited."""

        with RestClient(self.stack.api_url, timeout=60) as api:

            def forward(payment: str) -> None:
                try:
                    api.send(calls.fast_forward(payment, days))
                except ApiError as error:
                    self.say(f"payment {payment}: {str(error).splitlines()[0]}")

            _together(forward, payments)

    def _await_reminder(self, payment: str) -> None:
        eventually(lambda: self._reminders(payment) > 0, f"reminder of {payment}", LIMIT_SECONDS)

    def _reminders(self, payment: str) -> int:
        return self.shop.payment_events(payment).count("CustomerReminded")

    def _with_new_step(self) -> set[str]:
        async def find() -> set[str]:
            client = await Client.connect(self.stack.temporal_address)
            found = client.list_workflows(f'TemporalChangeVersion = "{NEW_STEP}"')
            return {one.id.removeprefix("payment/") async for one in found}

        return asyncio.run(find())

    def _versions(self, *command: str) -> None:
        """As the operator does."""
        done = self._run_versions(*command)
        assert done.returncode == 0, done.stderr
        self.say(f"$ python -m deploy.versions {' '.join(command)}\n{done.stdout.rstrip()}")

    def _is_drained(self) -> bool:
        return self._run_versions("is-drained", "1").returncode == 0

    def _run_versions(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "deploy.versions", *command],
            cwd=REPOSITORY,
            env=self.stack.client_environment,
            capture_output=True,
            text=True,
            check=False,
        )

    @contextmanager
    def _release(self, build_id: str, *arguments: str, metrics: str = "") -> Iterator[None]:
        """A worker of that release beside the stack's."""
        address = metrics.removeprefix("http://").removesuffix("/metrics")
        env = self.stack.client_environment | {"BUILD_ID": build_id, "METRICS_ADDRESS": address}
        command = [sys.executable, "-m", "tests.verification.releases.worker_2", *arguments]

        def polls() -> bool:
            return self._run_versions("show").stdout.count(f" {build_id} ") == len(TaskQueue)

        with running(command, ready=polls, env=env):
            yield

    @contextmanager
    def _next_api(self) -> Iterator[RestClient]:
        """The API of release 2, with another interval between reminders."""
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        env = self.stack.client_environment | {
            "API_PORT": str(port),
            "REMINDER_INTERVAL": iso_8601(NEW_INTERVAL),
        }
        with (
            running([sys.executable, "-m", "api"], ready=answers(f"{url}/readyz"), env=env),
            RestClient(url, timeout=60, patience=60) as api,
        ):
            yield api


def _failed_tasks(metrics: str) -> float:
    text = httpx.get(metrics, trust_env=False, timeout=60).text
    found = re.findall(
        r"^temporal_workflow_task_execution_failed\w*{.*} (\S+)$", text, re.MULTILINE
    )
    return sum(map(float, found))


def _together(call: Callable[[Given], Got], many: Iterable[Given]) -> list[Got]:
    with ThreadPoolExecutor(AT_ONCE) as threads:
        return list(threads.map(call, many))
