"""The systems that keep records of orders and payments, and how each is read."""

from verification.audit.sources.addresses import Sources
from verification.audit.sources.collection import collect

__all__ = ["Sources", "collect"]
