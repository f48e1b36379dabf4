"""Databases and a simulator for what looks at them."""

from tests.support.databases import database, postgres_url, url
from tests.support.simulator_fixtures import carrier, carrier_process

__all__ = ["carrier", "carrier_process", "database", "postgres_url", "url"]
