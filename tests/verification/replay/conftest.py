"""Making histories needs a real Temporal server; replaying them does not."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from temporalio.worker import UnsandboxedWorkflowRunner

import worker
from dev.temporal_server.server import TemporalServer
from tests.integration.workflows.conftest import temporal
from tests.integration.workflows.harness import Harness, open_office
from tests.verification.replay import replayer
from verification.replay import deviations

__all__ = ["temporal"]


@pytest.fixture
def unsandboxed(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """In the sandbox workflows are imported anew, without the bugs that are planted with this."""
    for module in (replayer, deviations, worker):
        monkeypatch.setattr(module, "SANDBOX", UnsandboxedWorkflowRunner())
    return monkeypatch


@pytest.fixture
async def harness(
    temporal: TemporalServer, tmp_path: Path, unsandboxed: pytest.MonkeyPatch
) -> AsyncIterator[Harness]:
    async with open_office(temporal.address, tmp_path) as harness:
        yield harness
