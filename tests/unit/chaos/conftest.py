"""Databases for what looks at them."""

from tests.support.databases import database, postgres_url, url

__all__ = ["database", "postgres_url", "url"]
