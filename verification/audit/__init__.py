"""Checks that all systems of record agree on every order and payment ever placed."""

from verification.audit.auditor import Report, audit
from verification.audit.sources import Sources
from verification.audit.violation import SourceUnavailableError, Violation

__all__ = ["Report", "SourceUnavailableError", "Sources", "Violation", "audit"]
