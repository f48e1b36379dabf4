"""`python -m verification.replay` on a real server: the gate before a release."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from dev.temporal_server.server import TemporalServer, temporal_server
from security.payload_keys import PayloadKeys, new_key
from temporal.client import data_converter
from tests.integration.workflows.harness import Harness, PaymentHandle, open_office
from tests.verification.bugs import sequence
from verification.replay.__main__ import main

ROOT = Path(__file__).parents[3]
KEYS = new_key("here")


@pytest.fixture
def temporal(tmp_path: Path) -> Iterator[TemporalServer]:
    """A server of its own: in the shared one are histories of changed workflows."""
    with temporal_server(tmp_path / "temporal") as server:
        yield server


@pytest.fixture
async def harness(
    temporal: TemporalServer,
    tmp_path: Path,
    unsandboxed: pytest.MonkeyPatch,
) -> AsyncIterator[Harness]:
    unsandboxed.setenv("TEMPORAL_ADDRESS", temporal.address)
    unsandboxed.setenv("PAYLOAD_KEYS", KEYS)
    converter = data_converter(PayloadKeys.parse(KEYS))
    async with open_office(temporal.address, tmp_path, converter) as harness:
        yield harness


async def waiting_payment(harness: Harness) -> PaymentHandle:
    payment = await harness.request_payment(harness.customer("pm_bad"))
    await harness.waiting(payment)
    return payment


async def listed(harness: Harness, query: str, number: int) -> None:
    """Return once the server lists so many; its list lags behind."""
    async with asyncio.timeout(60):
        while (await harness.client.count_workflows(query)).count != number:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def test_what_this_code_has_led_to_is_as_recorded(harness: Harness) -> None:
    await waiting_payment(harness)
    for _ in range(2):
        await (await harness.place_order(harness.customer("pm_good"))).result()
    await listed(harness, "ExecutionStatus = 'Completed'", 4)

    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "verification.replay", "--closed=1"],
        cwd=ROOT,
        env=os.environ,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "0 of 3 executions deviate\n"


async def test_a_changed_workflow_is_named(
    harness: Harness, unsandboxed: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    payment = await waiting_payment(harness)
    await (await harness.place_order(harness.customer("pm_good"))).result()
    await listed(harness, "ExecutionStatus = 'Running'", 1)
    sequence.remove_timer(unsandboxed)

    assert await asyncio.to_thread(main, []) == 1

    deviation, summary = capsys.readouterr().out.splitlines()
    assert deviation.startswith(f"{payment.id}, run {payment.result_run_id}: ")
    assert "Timer" in deviation
    assert summary == "1 of 3 executions deviate"


async def test_closed_ones_may_be_left_out(
    harness: Harness, unsandboxed: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    await (await harness.place_order(harness.customer("pm_good"))).result()
    await listed(harness, "ExecutionStatus = 'Completed'", 2)
    sequence.add_activity(unsandboxed)

    assert await asyncio.to_thread(main, ["--closed=0"]) == 0
    assert await asyncio.to_thread(main, []) == 1

    assert capsys.readouterr().out.startswith("0 of 0 executions deviate\norder/")


async def test_without_the_key_nothing_is_found_sound(
    harness: Harness, unsandboxed: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    await waiting_payment(harness)
    await listed(harness, "ExecutionStatus = 'Running'", 1)
    unsandboxed.setenv("PAYLOAD_KEYS", new_key("elsewhere"))

    assert await asyncio.to_thread(main, []) == 1

    assert capsys.readouterr().out.splitlines()[0].endswith(": Failed decoding arguments")


def test_without_a_server_nothing_is_found_sound(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:1")

    assert main([]) == 2

    assert "Cannot read Temporal" in capsys.readouterr().err
