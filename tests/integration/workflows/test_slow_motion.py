"""STEP_PAUSE_SECONDS: each step begins later, and nothing else differs."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHandle

from dev.temporal_server.server import TemporalServer
from tests.integration.workflows.harness import open_office

PAUSE = timedelta(seconds=0.5)


async def test_each_step_begins_later_and_histories_are_as_usual(
    temporal: TemporalServer, tmp_path: Path
) -> None:
    histories: list[list[str]] = []
    for name, pause in (("usual", timedelta(0)), ("slow", PAUSE)):
        (tmp_path / name).mkdir()
        async with open_office(
            temporal.address,
            tmp_path / name,
            development_mode=True,
            step_pause_seconds=pause.total_seconds(),
        ) as harness:
            order = await harness.place_order(harness.customer("pm_good"))
            await order.result()
            histories.append(await steps(order))
            took = harness.moments(order)[-1] - harness.moments(order)[0]
            assert took >= pause * (len(harness.events(order)) - 1)
            assert harness.events(order)[-1] == "OrderFulfilled"

    assert histories[0] == histories[1]


async def steps(workflow: WorkflowHandle[Any, Any]) -> list[str]:
    """The events of its history but those of its tasks, of which there may be more or fewer."""
    history = await workflow.fetch_history()
    names = [EventType.Name(event.event_type) for event in history.events]
    return [name for name in names if "WORKFLOW_TASK" not in name]
