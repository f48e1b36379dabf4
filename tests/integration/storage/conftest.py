"""Every test of storage runs on SQLite and on PostgreSQL."""

from tests.support.databases import database, empty_url, postgres_url, url

__all__ = ["database", "empty_url", "postgres_url", "url"]
