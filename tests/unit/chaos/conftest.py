"""Databases and simulators for what looks at them."""

from tests.support.databases import database, postgres_url, url
from tests.support.simulator_fixtures import cards, cards_process, carrier, carrier_process

__all__ = [
    "cards",
    "cards_process",
    "carrier",
    "carrier_process",
    "database",
    "postgres_url",
    "url",
]
