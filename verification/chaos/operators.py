"""Acts for operators who refund payments and settle what is owed, and for banks meanwhile."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.exc import InterfaceError, OperationalError

from domain.statuses import RefundState
from storage import tables
from storage.database import Database
from storage.owed_refunds import is_owed
from storage.refunds import Refund
from verification.chaos import scenarios
from verification.chaos.card_events import CardHolders
from verification.chaos.effects import Effect
from verification.chaos.scenarios import BankOutcome, Remedy
from verification.chaos.shop import Shop

SETTLED_LIMIT = 75.0
"""Seconds until a refund is expected to have an outcome."""

POLL_INTERVAL = 0.5


class Operators:
    """The operators of one shop; refunds are read from its database."""

    def __init__(
        self,
        shop: Shop,
        card_holders: CardHolders,
        database: Database,
        outcome: Callable[[str], BankOutcome | None],
    ) -> None:
        """`outcome` returns what becomes of a payment's pending refunds; None: not known yet."""
        self._shop = shop
        self._card_holders = card_holders
        self._database = database
        self._bank_outcome = outcome
        self._deciding: set[str] = set()
        self.effects: Counter[Effect] = Counter()
        """What they and the banks brought about."""

    async def refund(self, payment: str, action: scenarios.Refund) -> None:
        """Refund the received payment as planned, and remedy what is owed then."""
        if action.disputed:
            await self._card_holders.dispute(payment)
        if action.by_hand:
            await self._refund_by_hand(payment, action.by_hand)
        await self._request(payment, action)
        refunds = await self._settled(payment)
        if action.fails:
            refunds = await self._fail(payment, refunds)
        if action.disputed:
            self.effects[Effect.REFUSED] += sum(
                one.status is RefundState.REFUSED for one in refunds
            )
        for refund in refunds:
            if refund.is_owed:
                await self._remedy(refund, action.remedy)
        await self._settled(payment)

    async def decide(self) -> None:
        """Decide pending refunds, each after its bank's delay; until canceled."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                is_pending = tables.refunds.c.status == RefundState.PENDING
                for refund in await self._read(is_pending):
                    outcome = self._bank_outcome(refund.payment_id)
                    id = refund.provider_id
                    if outcome is not None and id is not None and id not in self._deciding:
                        self._deciding.add(id)
                        tasks.create_task(self._decide(id, outcome))
                await asyncio.sleep(POLL_INTERVAL)

    async def under_way(self) -> Sequence[Refund]:
        """The refunds that have no outcome yet."""
        is_under_way = [one for one in RefundState if one.is_under_way]
        return await self._read(tables.refunds.c.status.in_(is_under_way))

    async def unsettled(self) -> list[str]:
        """Refunds that have no outcome in time, and those that are owed without being listed."""
        refunds = await self._wait_for(true(), _are_settled)
        violations = [
            f"refund {_name(one)} has no outcome: {one.status}"
            for one in refunds
            if one.is_under_way
        ]
        owed = await self._read(is_owed())
        self.effects[Effect.LEFT] += len(owed)
        listed = await self._shop.owed_refunds()
        names = {f"{one['reference']} of {one['payment_id']}" for one in listed["refunds"]}
        if listed["waiting"] != len(owed):
            violations.append(f"{len(owed)} refunds are owed, but {listed['waiting']} are counted")
        elif len(names) == len(owed):  # else the list is too long to be complete
            violations += [
                f"refund {_name(one)} is owed, but not listed"
                for one in owed
                if _name(one) not in names
            ]
        return violations

    async def _refund_by_hand(self, payment: str, amount: int) -> None:
        """Somebody refunds in the dashboard; wait until the books have that."""
        made = await self._card_holders.refund_by_hand(payment, amount)
        if made is None:
            return
        rows = tables.refunds.c.provider_id == made
        self.effects[Effect.BY_HAND] += len(await self._wait_for(rows, bool))

    async def _request(self, payment: str, action: scenarios.Refund) -> None:
        async def request(number: int, amount: int) -> None:
            twice = 1 + action.at_once
            done = await asyncio.gather(
                *(self._shop.refund(payment, amount, f"return-{number}") for _ in range(twice))
            )
            if any(done):
                self.effects[Effect.PART] += 1

        requests = [request(number, amount) for number, amount in enumerate(action.amounts, 1)]
        if action.at_once:
            await asyncio.gather(*requests)
        else:
            for one in requests:
                await one
        if not action.amounts:
            return
        seen = await self._shop.payment(payment)
        self.effects[Effect.WHOLE] += sum(action.amounts) == seen["amount"]

    async def _fail(self, payment: str, refunds: Sequence[Refund]) -> Sequence[Refund]:
        """Fail those that succeeded, and wait until the books have that."""
        failed = [
            one
            for one in refunds
            if one.status is RefundState.SUCCEEDED
            and one.provider_id
            and await self._card_holders.settle_refund(one.provider_id, fails=True)
        ]
        keys = {one.key for one in failed}

        def is_noticed(found: Sequence[Refund]) -> bool:
            return all(one.status is not RefundState.SUCCEEDED for one in found if one.key in keys)

        found = await self._wait_for(tables.refunds.c.payment_id == payment, is_noticed)
        self.effects[Effect.FAILED_LATER] += sum(
            one.status is RefundState.FAILED for one in found if one.key in keys
        )
        return found

    async def _remedy(self, refund: Refund, remedy: Remedy) -> None:
        match remedy:
            case Remedy.AGAIN:
                reference = f"{refund.reference.strip('_')}-again"
                id, amount, owed = refund.payment_id, refund.to_card, refund.reference
                if await self._shop.refund(id, amount, reference, replaces=owed):
                    self.effects[Effect.AGAIN] += 1
            case Remedy.OUTSIDE:
                if await self._shop.settle_refund_outside(refund.payment_id, refund.reference):
                    self.effects[Effect.OUTSIDE] += 1
            case Remedy.NOTHING:
                pass

    async def _decide(self, refund: str, outcome: BankOutcome) -> None:
        await asyncio.sleep(outcome.after)
        if await self._card_holders.settle_refund(refund, fails=not outcome.pays):
            effect = Effect.PENDING_SUCCEEDED if outcome.pays else Effect.PENDING_FAILED
            self.effects[effect] += 1

    async def _settled(self, payment: str) -> Sequence[Refund]:
        """The payment's refunds, once none is under way."""
        return await self._wait_for(tables.refunds.c.payment_id == payment, _are_settled)

    async def _wait_for(
        self, rows: ColumnElement[bool], condition: Callable[[Sequence[Refund]], bool]
    ) -> Sequence[Refund]:
        """The refunds in these rows once the condition holds for them, or after the limit."""
        end = time.monotonic() + SETTLED_LIMIT
        while True:
            found = await self._read(rows)
            if condition(found) or time.monotonic() > end:
                return found
            await asyncio.sleep(POLL_INTERVAL)

    async def _read(self, condition: ColumnElement[bool]) -> Sequence[Refund]:
        """The refunds that meet the condition; read again while the database is unavailable."""
        while True:
            try:
                return await asyncio.to_thread(self._select, condition)
            except (OperationalError, InterfaceError):
                await asyncio.sleep(POLL_INTERVAL)

    def _select(self, condition: ColumnElement[bool]) -> Sequence[Refund]:
        refunds = tables.refunds
        with self._database.read() as tx:
            rows = tx.execute(
                select(refunds).where(condition).order_by(refunds.c.requested_at)
            ).mappings()
            return [Refund.model_validate(row) for row in rows]


def _are_settled(refunds: Sequence[Refund]) -> bool:
    return not any(one.is_under_way for one in refunds)


def _name(refund: Refund) -> str:
    return f"{refund.reference} of {refund.payment_id}"
