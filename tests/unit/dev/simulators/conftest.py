"""Simulators for the tests of this folder."""

from tests.support.simulator_fixtures import (
    cards,
    cards_process,
    carrier,
    carrier_process,
    mailbox,
    mailbox_process,
)

__all__ = [
    "cards",
    "cards_process",
    "carrier",
    "carrier_process",
    "mailbox",
    "mailbox_process",
]
