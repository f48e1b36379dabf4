"""A real Temporal server and real activities; only the card provider and the carrier are fakes."""

from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path

import pytest
from temporalio.worker import Worker
from temporalio.worker._workflow_instance import _WorkflowLogicFlag

import worker
from dev.temporal_server.server import TemporalServer, temporal_server
from tests.integration.workflows.harness import Harness, open_office
from tests.support.sandboxes import STRICT

AS_INSTALLED = "as_installed"
LATER_FLAGS = "later_flags"
"""With every logic flag that the SDK knows, among them those that a later release turns on."""
UNCACHED = "uncached"
"""Each workflow task replays the history from its beginning."""

TESTS_OF_WAITS = {
    "test_card_update",
    "test_joined_card_updates",
    "test_open_charges",
    "test_order",
    "test_payment",
    "test_refunds",
    "test_unreadable_signals",
}
"""The modules that run under later flags too.

Flags change the order in which a waiting workflow is notified of several messages, and what a
cancellation interrupts. Left out are modules about what one message is refused for
(test_malformed_signals, test_long_orders), what activities write (test_ledger_faults), what is
shown (test_web_ui_details), and workers in other processes (test_wrong_clock).
"""

RUN_UNCACHED = {"test_order", "test_payment", "test_open_charges", "test_refunds"}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Workflow tests run once more under later flags, and once more without a cache."""
    name = metafunc.definition.path.stem
    if name not in TESTS_OF_WAITS or metafunc.definition.get_closest_marker(AS_INSTALLED):
        return
    variants = [AS_INSTALLED, pytest.param(LATER_FLAGS, marks=pytest.mark.proof)]
    if name in RUN_UNCACHED:
        variants.append(pytest.param(UNCACHED, marks=pytest.mark.proof))
    metafunc.parametrize("sdk", variants, indirect=True)


@pytest.fixture(autouse=True)
def sdk(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """How the workers of this test use the SDK."""
    monkeypatch.setattr(worker, "SANDBOX", STRICT)
    variant = getattr(request, "param", AS_INSTALLED)
    if variant == LATER_FLAGS:
        defaults = "temporalio.worker._workflow._DEFAULT_ENABLED_WORKFLOW_LOGIC_FLAGS"
        monkeypatch.setattr(defaults, frozenset(_WorkflowLogicFlag))
    if variant == UNCACHED:
        monkeypatch.setattr(worker, "Worker", partial(Worker, max_cached_workflows=0))


@pytest.fixture(scope="session")
def temporal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TemporalServer]:
    """One server for all tests of workflows."""
    with temporal_server(tmp_path_factory.mktemp("temporal")) as server:
        yield server


@pytest.fixture
async def harness(temporal: TemporalServer, tmp_path: Path) -> AsyncIterator[Harness]:
    """A worker for every queue, with a database of its own, in the test's process."""
    async with open_office(temporal.address, tmp_path) as harness:
        yield harness
