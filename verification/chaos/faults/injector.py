"""Injects one fault after another; each call returns when the next may follow."""

import asyncio
from collections import Counter
from typing import assert_never

from dev.stack import Stack
from verification.chaos.databases import ChaosDatabase, UnsupportedFaultError
from verification.chaos.fault_kinds import (
    POSTGRESQL,
    Fault,
    Kill,
    LockDatabase,
    Misbehave,
    Release,
    ShiftClock,
    SlowBanks,
    StopDatabase,
    Webhooks,
)
from verification.chaos.faults.card_provider import NO_FAULTS, CardProvider
from verification.chaos.faults.simulators import Switches
from verification.chaos.faults.workers import Workers
from verification.chaos.plan import Plan
from verification.chaos.recovery import Recovery

UP_FOR = 3.2
"""Seconds that a process must run before it is killed; else supervisor counts a failed start."""


class Injector:
    """Injects faults and counts them."""

    def __init__(
        self,
        stack: Stack,
        database: ChaosDatabase,
        workers: Workers,
        recovery: Recovery,
        webhooks_arrive: asyncio.Lock,
    ) -> None:
        """`recovery` is notified of every SIGKILL; `webhooks_arrive` is held while they do not."""
        self._webhooks_arrive = webhooks_arrive
        self._stack = stack
        self._database = database
        self._workers = workers
        self._recovery = recovery
        self._switches = Switches(
            {"cards": stack.cards_url, "carrier": stack.carrier_url, "mailbox": stack.mailbox_url}
        )
        self._card_provider = CardProvider(stack.cards_url)
        self.injected: Counter[str] = Counter()
        """By kind, how many had an effect."""
        self.unsupported: dict[str, str] = {}
        """By kind, why it could not be injected here."""

    async def inject(self, fault: Fault) -> None:
        """Return when the fault is over or, if it waits for requests, has had its effect."""
        try:
            effects = await self._inject(fault)
        except UnsupportedFaultError as error:
            self.unsupported[str(fault)] = str(error)
        else:
            self.injected[str(fault)] += effects

    async def end(self) -> None:
        """End all faults."""
        await self._switches.clear()
        self.injected.update(self._switches.late)

    def without_effect(self, plan: Plan) -> dict[str, str]:
        """By planned kind that had no effect, the reason."""
        kinds = sorted({str(planned.fault) for planned in plan.faults})
        return {
            kind: self.unsupported.get(kind, "it met no request")
            for kind in kinds
            if not self.injected[kind]
        }

    async def _inject(self, fault: Fault) -> int:
        match fault:
            case Kill():
                await self._kill(fault.process)
            case Misbehave():
                return await self._switches.misbehave(fault)
            case SlowBanks():
                return await self._card_provider.slow_banks(fault.seconds)
            case Webhooks() if fault.switches.get("lose"):
                async with self._webhooks_arrive:
                    return await self._webhooks(fault)
            case Webhooks():
                return await self._webhooks(fault)
            case LockDatabase():
                await self._database.lock(fault.seconds)
            case StopDatabase():
                await self._database.stop(fault.seconds)
            case ShiftClock():
                await self._workers.shift_clock(fault.days, fault.seconds)
            case Release():
                await self._workers.roll()
            case _:
                assert_never(fault)
        return 1

    async def _webhooks(self, fault: Webhooks) -> bool:
        """Inject the fault; returns whether any webhook was sent meanwhile."""
        before = await self._card_provider.webhooks(fault.switches)
        if fault.kills:
            await self._kill(fault.kills)
        await asyncio.sleep(fault.seconds)
        await self._card_provider.wait_for_webhooks(before)
        return await self._card_provider.webhooks(NO_FAULTS) > before

    async def _kill(self, process: str) -> None:
        self._recovery.killed(process)
        if process == POSTGRESQL:
            await self._database.kill()
        else:
            await asyncio.to_thread(self._stack.kill, process)
            await asyncio.sleep(UP_FOR)
