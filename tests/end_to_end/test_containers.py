"""Both compose files, brought up as containers; `python -m tests.containers` plays the same."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.containers import development, production
from tests.support.containers import stand_ins
from tests.support.containers.engine import Engine, missing, running_engine

pytestmark = [pytest.mark.proof, pytest.mark.timeout(3600)]


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """One that has our image, and others under the names of those that are pulled elsewhere."""
    if lack := missing():
        if os.environ.get("CONTAINERS") == "required":
            pytest.fail(f"{lack}, and containers are required")
        pytest.skip(f"{lack}; no container is run")
    with running_engine() as running:
        stand_ins.make_all(running)
        development.build_image(running)
        yield running


def test_orders_survive_what_happens_to_containers(engine: Engine, tmp_path: Path) -> None:
    development.drill(engine, tmp_path)


def test_orders_survive_in_production_too_and_an_upgrade(engine: Engine, tmp_path: Path) -> None:
    production.drill(engine, tmp_path)
