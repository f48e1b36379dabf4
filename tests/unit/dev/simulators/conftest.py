"""Simulators for the tests of this folder."""

import pytest

from tests.support.simulator_fixtures import (
    cards,
    cards_process,
    carrier,
    carrier_process,
    mailbox,
    mailbox_process,
)
from tests.support.simulators import Simulator
from tests.support.stripe_account import Account

__all__ = [
    "cards",
    "cards_process",
    "carrier",
    "carrier_process",
    "mailbox",
    "mailbox_process",
]


@pytest.fixture
def account(cards: Simulator) -> Account:
    return Account(cards.url)
