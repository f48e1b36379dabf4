"""Everybody who has something on record, and how it is read."""

from verification.audit.sources.addresses import Sources
from verification.audit.sources.collection import collect

__all__ = ["Sources", "collect"]
