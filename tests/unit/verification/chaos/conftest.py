"""Databases and simulators for the tests of chaos."""

from tests.support.databases import database, postgres_url, url
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
    "database",
    "mailbox",
    "mailbox_process",
    "postgres_url",
    "url",
]
