"""Operators act in Temporal upon what is under way, and put right what they ended by force."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from random import Random
from typing import assert_never

from verification.chaos.intervention_kinds import (
    Intervention,
    PauseActivity,
    Point,
    Reset,
    ResetActivity,
    Target,
    Terminate,
)
from verification.chaos.interventions.targets import Candidate
from verification.chaos.interventions.temporal_server import RefusedError, TemporalServer
from verification.chaos.payment_clocks import PaymentClocks
from verification.chaos.plan import Plan

SEARCH_INTERVAL = 0.2
"""Seconds between two searches for something to act upon."""

Search = Callable[[Intervention], Awaitable[Sequence[Candidate]]]


class Interventions:
    """Carries interventions out and counts them."""

    def __init__(
        self, temporal: TemporalServer, search: Search, random: Random, clocks: PaymentClocks
    ) -> None:
        """`search` finds what suits an intervention; `random` chooses from it."""
        self._temporal = temporal
        self._search = search
        self._random = random
        self._clocks = clocks
        self._acted_upon: Counter[str] = Counter()
        self._is_over = False
        self._tasks: list[asyncio.Task[None]] = []
        self.done: Counter[str] = Counter()
        """By kind, how many were carried out."""
        self.violations: list[str] = []
        """What was ended by force and could not be put right."""

    def begin(self, intervention: Intervention) -> None:
        """Carry it out upon the first workflow that suits it."""
        self._tasks.append(asyncio.create_task(self._carry_out(intervention)))

    async def end(self) -> None:
        """Return when all that were carried out are put right; search no longer."""
        self._is_over = True
        await asyncio.gather(*self._tasks)

    def without_effect(self, plan: Plan) -> dict[str, str]:
        """By planned kind that was never carried out, the reason."""
        kinds = sorted({str(planned.intervention) for planned in plan.interventions})
        return {kind: "it found nothing to act upon" for kind in kinds if not self.done[kind]}

    async def _carry_out(self, intervention: Intervention) -> None:
        while not self._is_over:
            found = list(await self._search(intervention))
            self._random.shuffle(found)
            for one in sorted(found, key=lambda one: self._acted_upon[one.order_id]):
                if not self._is_over and await self._take(intervention, one):
                    return
            await asyncio.sleep(SEARCH_INTERVAL)

    async def _take(self, intervention: Intervention, candidate: Candidate) -> bool:
        """Whether it was carried out; two never act upon one order at a time."""
        id = candidate.order_id
        clock = self._clocks[id]
        if clock.lock.locked() or (clock.was_moved and _sets_back(intervention, candidate)):
            return False
        async with clock.lock:
            try:
                if not await self._act(intervention, candidate):
                    return False
            except RefusedError:
                return False  # it has ended meanwhile, or not begun yet
        self._acted_upon[id] += 1
        self.done[str(intervention)] += 1
        return True

    async def _act(self, intervention: Intervention, candidate: Candidate) -> bool:
        id = candidate.workflow_id
        match intervention:
            case Reset():
                await self._temporal.reset(id, intervention.point)
                return True
            case Terminate():
                return await self._terminate(candidate, intervention.seconds)
            case PauseActivity():
                return await self._pause(id, intervention.seconds)
            case ResetActivity():
                activities = (await self._temporal.describe(id)).activities
                for activity in activities[:1]:
                    await self._temporal.reset_activity(id, activity)
                return bool(activities)
            case _:
                assert_never(intervention)

    async def _pause(self, workflow_id: str, seconds: float) -> bool:
        for activity in (await self._temporal.describe(workflow_id)).activities[:1]:
            is_paused = await self._temporal.pause(workflow_id, activity)
            await asyncio.sleep(seconds if is_paused else 0)
            with suppress(RefusedError):  # an attempt that was under way has ended it
                await self._temporal.unpause(workflow_id, activity)
            return is_paused
        return False

    async def _terminate(self, candidate: Candidate, seconds: float) -> bool:
        id = candidate.workflow_id
        if not (await self._temporal.describe(id)).is_running:
            return False
        if not await self._temporal.terminate(id):
            return False
        await asyncio.sleep(seconds)
        if candidate.rights_itself:
            return True
        # An order's latest task waits for whatever was started before.
        point = Point.LAST_TASK if candidate.target is Target.ORDER else Point.FIRST_TASK
        try:
            await self._temporal.reset(id, point)
        except RefusedError as error:
            self.violations.append(f"{id} was terminated, and can't be put right: {error}")
        return True


def _sets_back(intervention: Intervention, candidate: Candidate) -> bool:
    """Whether the payment's clock would be set back, or its order undo it by a clock behind."""
    return candidate.target is Target.PAYMENT and isinstance(intervention, Reset | Terminate)
