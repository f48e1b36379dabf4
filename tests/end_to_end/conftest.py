"""The whole stack, real in every part, started once for all end-to-end tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dev.stack.stack import Stack
from tests.support.audits import assert_as_recorded, assert_consistent
from tests.support.databases import empty_url
from tests.support.restore_drill import drill
from tests.support.shop import Shop

__all__ = ["drill", "empty_url"]


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Every process of supervisord.conf, on free ports, its state in a temporary folder."""
    folder: Path = tmp_path_factory.mktemp("stack")
    # The simulator finds what it has just done; a test need not wait an hour for a spent key.
    quick = {"CARD_SEARCH_LAG": "PT0S", "RETRY_FIRST": "PT0.2S", "RETRY_LONGEST": "PT1S"}
    with Stack(folder, environment=quick) as running:
        yield running
        # Once: what a test has led to grows by itself until then.
        assert_as_recorded(running)


@pytest.fixture(autouse=True)
def audited(request: pytest.FixtureRequest) -> Iterator[None]:
    """A stack is audited after each test that used it, once nothing misbehaves any more."""
    # Before the test's own fixtures, so that it ends after them.
    used = request.getfixturevalue("stack") if "stack" in request.fixturenames else None
    yield
    if used is not None:
        assert_consistent(used)


@pytest.fixture
def shop(stack: Stack) -> Iterator[Shop]:
    """The system from outside; nothing misbehaves when a test begins or ends."""
    shop = Shop(stack)
    yield shop
    for switch in (shop.cards, shop.carrier, shop.mailbox):
        switch.clear_faults()
    shop.http.close()
