"""Everybody who has something on record, and how it is read."""

from audit.witnesses.collecting import collect
from audit.witnesses.sources import Sources

__all__ = ["Sources", "collect"]
