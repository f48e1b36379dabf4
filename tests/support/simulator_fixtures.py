"""Fixtures: the simulators, one process per test module, no fault left after a test."""

from collections.abc import Generator

import pytest

from tests.support import simulators
from tests.support.simulators import Simulator


@pytest.fixture(scope="module")
def cards_process(tmp_path_factory: pytest.TempPathFactory) -> Generator[Simulator]:
    with simulators.cards(tmp_path_factory.mktemp("cards") / "state.db") as simulator:
        yield simulator


@pytest.fixture
def cards(cards_process: Simulator) -> Generator[Simulator]:
    yield cards_process
    cards_process.clear_faults()


@pytest.fixture(scope="module")
def carrier_process(tmp_path_factory: pytest.TempPathFactory) -> Generator[Simulator]:
    with simulators.carrier(tmp_path_factory.mktemp("carrier") / "state.db") as simulator:
        yield simulator


@pytest.fixture
def carrier(carrier_process: Simulator) -> Generator[Simulator]:
    yield carrier_process
    carrier_process.clear_faults()


@pytest.fixture(scope="module")
def mailbox_process(tmp_path_factory: pytest.TempPathFactory) -> Generator[Simulator]:
    with simulators.mailbox(tmp_path_factory.mktemp("mailbox") / "state.db") as simulator:
        yield simulator


@pytest.fixture
def mailbox(mailbox_process: Simulator) -> Generator[Simulator]:
    yield mailbox_process
    mailbox_process.clear_faults()
