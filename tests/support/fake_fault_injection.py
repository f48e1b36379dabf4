"""Trouble that nobody has."""

from api.dev.audit import Audit, Verdict
from api.dev.fault_injection import TroubleName
from config import Settings


class FakeTroubleMaker:
    """Makes none."""

    def __init__(self, _settings: Settings) -> None:
        """Of no stack."""

    async def now(self) -> frozenset[TroubleName]:
        """None."""
        return frozenset()

    async def make(self, _name: TroubleName) -> None:
        """Does not."""

    async def end(self, _name: TroubleName) -> None:
        """It has ended."""

    async def end_all(self) -> None:
        """They have ended."""


async def fake_audit() -> Audit:
    """Finds nothing."""
    return Audit(Verdict.SOUND, [], "nothing is wrong: 0 orders")
