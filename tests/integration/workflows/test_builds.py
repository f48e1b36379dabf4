"""Two builds of the worker: payments move to the one that is current, refunds stay with theirs."""

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHandle

from config import Settings
from dev.temporal_server.server import TemporalServer, temporal_server
from domain.statuses import RefundState
from gateways.cards import RefundStatus
from temporal.deployments import Deployment
from tests.integration.workflows.harness import TIMEOUT_SECONDS, Harness, open_office
from tests.integration.workflows.test_refunds import find, is_pending, start_refund
from tests.support.processes import REPOSITORY
from worker import Contexts, worker_for
from workflows.messages import RefundSettled
from workflows.names import TaskQueue
from workflows.refund import RefundWorkflow


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TemporalServer]:
    """A server of its own: workers without a build get no tasks once a build is current."""
    with temporal_server(tmp_path_factory.mktemp("builds")) as server:
        yield server


@pytest.fixture
async def harness(server: TemporalServer, tmp_path: Path) -> AsyncIterator[Harness]:
    async with open_office(server.address, tmp_path) as harness:
        yield harness


@asynccontextmanager
async def build(harness: Harness, build_id: str) -> AsyncIterator[None]:
    """Workers of that build, once Temporal knows them."""
    settings = Settings(drain_seconds=0, build_id=build_id)
    contexts = Contexts(harness.database, harness.cards, harness.carrier, harness.search_lag)
    with ThreadPoolExecutor(20) as executor:
        async with AsyncExitStack() as workers:
            for queue in TaskQueue:
                worker = worker_for(harness.client, queue, contexts, executor, settings)
                await workers.enter_async_context(worker)
            await known(harness, build_id)
            yield


async def known(harness: Harness, build_id: str) -> None:
    async with asyncio.timeout(TIMEOUT_SECONDS):
        for queue in TaskQueue:
            while not await is_known(Deployment(harness.client, queue), build_id):  # noqa: ASYNC110
                await asyncio.sleep(0.05)


async def is_known(deployment: Deployment, build_id: str) -> bool:
    return any(one.build_id == build_id for one in await deployment.versions())


async def builds_of(workflow: WorkflowHandle[Any, Any]) -> list[str]:
    """The builds that carried out the workflow's tasks, in their order."""
    history = await workflow.fetch_history()
    completed = [
        event.workflow_task_completed_event_attributes
        for event in history.events
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED
    ]
    return list(dict.fromkeys(one.deployment_version.build_id for one in completed))


def versions(server: TemporalServer, *command: str) -> subprocess.CompletedProcess[str]:
    """The operator's command."""
    return subprocess.run(
        [sys.executable, "-m", "deploy.versions", *command],
        cwd=REPOSITORY,
        env=os.environ | {"TEMPORAL_ADDRESS": server.address, "SETTINGS_FILE": ""},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.proof
async def test_payments_move_and_refunds_stay(harness: Harness, server: TemporalServer) -> None:
    async with build(harness, "2030-1"):
        assert versions(server, "first", "2030-1").returncode == 0
        harness.cards.refund_status = RefundStatus.PENDING
        paid = await harness.request_payment(harness.customer("pm_good"))
        await paid.result()
        refund = await start_refund(harness, paid, 500, "return")
        await harness.until(lambda: is_pending(harness, harness.see(paid).id, "return"))
        customer = harness.customer("pm_bad")
        waiting = await harness.request_payment(customer)
        await harness.waiting(waiting)
        async with build(harness, "2030-2"):
            # `first` is what every installation runs at its start: it moves nothing.
            assert versions(server, "first", "2030-2").returncode == 0
            assert versions(server, "is-drained", "2030-1").returncode == 1
            moved = versions(server, "current", "2030-2")
            assert moved.returncode == 0, moved.stderr
            assert re.search(r"^payments +2030-2 +current", moved.stdout, re.MULTILINE)
            await harness.update_card(waiting, "pm_good")
            assert (await waiting.result()).outcome == "received"
            harness.cards.settle_refunds(RefundStatus.SUCCEEDED)
            settled = RefundSettled(reference="return")
            await refund.signal(RefundWorkflow.refund_settled, settled)
            await refund.result()

            assert await builds_of(waiting) == ["2030-1", "2030-2"]
            assert await builds_of(refund) == ["2030-1"]
            given_back = find(harness, harness.see(paid).id, "return")
            assert given_back is not None
            assert given_back.status is RefundState.SUCCEEDED
            refused = versions(server, "delete", "2030-2")
            assert refused.returncode == 1
            assert "2030-2' cannot be deleted since it is current" in refused.stderr
            assert "Traceback" not in refused.stderr
    assert versions(server, "unversioned").returncode == 0
    without = await harness.request_payment(harness.customer("pm_good"))
    assert (await without.result()).outcome == "received"
    assert await builds_of(without) == [""]


@pytest.mark.parametrize("build_id", ["", "-x", "a b", "a:b", "x" * 64])
def test_what_is_no_build_is_refused_in_one_line(server: TemporalServer, build_id: str) -> None:
    done = versions(server, "current", build_id)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_temporal_unavailable_is_one_line(server: TemporalServer) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "deploy.versions", "show"],
        cwd=REPOSITORY,
        env=os.environ | {"TEMPORAL_ADDRESS": "127.0.0.1:1", "SETTINGS_FILE": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("Temporal is unavailable: ")
    assert "Traceback" not in done.stderr
