"""The simulators, and a chain that acts at them."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.simulator_fixtures import cards, cards_process, carrier, carrier_process
from tests.support.simulators import Simulator
from tests.unit.dev.choreography.chain import Chain

__all__ = ["cards", "cards_process", "carrier", "carrier_process"]


@pytest.fixture
def chain(tmp_path: Path, cards: Simulator, carrier: Simulator) -> Iterator[Chain]:
    with closing(Chain(tmp_path, cards, carrier)) as chain:
        yield chain
