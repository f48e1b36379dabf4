"""Fault injection that injects nothing."""

from api.dev.audit import AuditResult, Verdict
from api.dev.fault_catalog import FaultName
from config import Settings


class FakeFaultInjector:
    """Injects no faults."""

    def __init__(self, _settings: Settings) -> None:
        """Uses no stack."""

    async def active(self) -> frozenset[FaultName]:
        """No faults."""
        return frozenset()

    async def inject(self, _name: FaultName) -> None:
        """Does nothing."""

    async def remove(self, _name: FaultName) -> None:
        """Does nothing."""

    async def reset(self) -> None:
        """Does nothing."""


async def fake_audit() -> AuditResult:
    """Finds no violations."""
    return AuditResult(Verdict.CONSISTENT, [], "no violations: 0 orders")
