"""Whether every order and payment ever placed is as it must be, by everybody who knows of it."""

from audit.auditing import Report, audit
from audit.breach import Breach, WitnessError
from audit.witnesses import Sources

__all__ = ["Breach", "Report", "Sources", "WitnessError", "audit"]
