"""Whether every order and payment ever placed is as it must be, by everybody who knows of it."""

from verification.audit.auditor import Report, audit
from verification.audit.sources import Sources
from verification.audit.violation import Breach, WitnessError

__all__ = ["Breach", "Report", "Sources", "WitnessError", "audit"]
