"""The nightly audit on a real server: one Schedule, and a verdict that is a metric."""

import asyncio
import logging
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import httpx
import pytest
from temporalio.client import (
    Client,
    ScheduleActionExecutionStartWorkflow,
    ScheduleOverlapPolicy,
)
from temporalio.common import MetricMeter
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from config import read_settings
from dev.temporal_server.server import TemporalServer, temporal_server
from temporal.client import NO_KEYS, connect
from tests.support.processes import free_port
from verification.nightly.__main__ import serve
from verification.nightly.audit_activity import AuditActivities, VerdictMetrics
from verification.nightly.audit_workflow import QUEUE, AuditVerdict, AuditWorkflow
from verification.nightly.schedule import SCHEDULE, keep_schedule, last_verdict

PRINTS = """
import sys
sys.stderr.write("audit: 1,000 of 2,000 workflows read\\n")
sys.stdout.write({out!r})
sys.exit({code})
"""
CONSISTENT = "parked: payment 1: refused\nno violations: 1 orders in 0.1 s\n"
LOST = "no_piece_is_lost_or_made: product lily: 10 supplied, but 7 in stock"
DAMAGED = f"{LOST}\n1 violation: 1 orders in 0.1 s\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TemporalServer]:
    with temporal_server(tmp_path_factory.mktemp("temporal")) as running:
        yield running


@pytest.fixture
async def client(server: TemporalServer, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setenv("TEMPORAL_ADDRESS", server.address)
    return await connect(NO_KEYS)


@asynccontextmanager
async def nightly(out: str, code: int) -> AsyncIterator[str]:
    """The process, whose audits print that; the URL of its metrics."""
    address = f"127.0.0.1:{free_port()}"
    settings = read_settings(metrics_address=address)
    command = (sys.executable, "-c", PRINTS.format(out=out, code=code))
    stop = asyncio.Event()
    serving = asyncio.create_task(serve(settings, 3, command, stop))
    try:
        yield f"http://{address}/metrics"
    finally:
        stop.set()
        await serving


async def audited(client: Client) -> AuditVerdict:
    handle = await client.start_workflow(AuditWorkflow.run, id="audit-by-hand", task_queue=QUEUE)
    return await handle.result()


async def shown(url: str) -> dict[str, float]:
    """The metrics of the verdict."""
    async with httpx.AsyncClient(trust_env=False, timeout=60) as http:
        lines = (await http.get(url)).text.splitlines()
    found = [line.rpartition(" ") for line in lines if line.startswith("audit_")]
    return {name.partition("{")[0]: float(value) for name, _, value in found}


async def test_the_schedule_is_there_once_however_often_it_is_kept(client: Client) -> None:
    await keep_schedule(client, 3)
    handle = client.get_schedule_handle(SCHEDULE)
    await handle.pause()
    await keep_schedule(client, 4)
    schedule = (await handle.describe()).schedule
    assert schedule.spec.calendars[0].hour[0].start == 4
    assert schedule.policy.overlap is ScheduleOverlapPolicy.SKIP
    assert schedule.state.paused
    await handle.delete()


async def test_what_the_schedule_starts_ends_with_a_verdict(client: Client) -> None:
    await keep_schedule(client, 3)
    handle = client.get_schedule_handle(SCHEDULE)
    async with nightly(CONSISTENT, 0), asyncio.timeout(60):
        await handle.trigger()
        while not (actions := (await handle.describe()).info.recent_actions):  # noqa: ASYNC110
            await asyncio.sleep(0.1)
        started = actions[0].action
        assert isinstance(started, ScheduleActionExecutionStartWorkflow)
        audit = client.get_workflow_handle_for(AuditWorkflow.run, started.workflow_id)
        verdict = await audit.result()
    assert (verdict.violations, verdict.findings) == (0, ["parked: payment 1: refused"])
    await handle.delete()


@pytest.mark.parametrize(
    ("out", "code", "violations", "unsettled"),
    [
        (CONSISTENT, 0, 0, 0),
        (DAMAGED, 1, 1, 0),
        (
            "not settled: x\nno lasting violation, but 1 findings did not settle: 1 orders\n",
            1,
            0,
            1,
        ),
    ],
)
async def test_the_verdict_is_a_metric_and_its_findings_are_logged(  # noqa: PLR0913, PLR0917
    client: Client,
    caplog: pytest.LogCaptureFixture,
    out: str,
    code: int,
    violations: int,
    unsettled: int,
) -> None:
    caplog.set_level(logging.INFO, "audit")
    async with nightly(out, code) as metrics:
        verdict = await audited(client)
        found = await shown(metrics)
    assert found["audit_violations"] == violations
    assert found["audit_unsettled"] == unsettled
    assert found["audit_completed_timestamp_seconds"] == pytest.approx(verdict.completed_at)
    named = [one.message for one in caplog.records if one.levelno == logging.ERROR]
    assert named == (out.splitlines() if code else [])


async def test_an_audit_that_can_not_read_is_no_verdict_and_says_why() -> None:
    beats: list[object] = []
    environment = ActivityEnvironment()
    environment.on_heartbeat = lambda *_: beats.append(None)
    command = (sys.executable, "-c", PRINTS.format(out="", code=2))
    activities = AuditActivities(command, VerdictMetrics(MetricMeter.noop))
    with pytest.raises(ApplicationError, match="exit code 2: audit: 1,000 of 2,000"):
        await environment.run(activities.audit)
    assert beats


async def test_a_new_process_shows_the_last_verdict(client: Client) -> None:
    async with nightly(DAMAGED, 1):
        damaged = await audited(client)
    async with asyncio.timeout(60):
        while await last_verdict(client) != damaged:  # noqa: ASYNC110  the list lags behind
            await asyncio.sleep(0.1)
    async with nightly(CONSISTENT, 0) as metrics, asyncio.timeout(60):
        found: dict[str, float] = {}
        while "audit_violations" not in found:
            try:
                found = await shown(metrics)
            except httpx.TransportError:
                await asyncio.sleep(0.1)
    assert found["audit_violations"] == 1
