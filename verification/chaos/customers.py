"""Playing the errands of a plan: customers place orders, and do what they do about them."""

import asyncio
from collections import Counter
from collections.abc import Callable
from functools import partial
from itertools import chain, repeat

from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from verification.chaos import malformed_signals
from verification.chaos.card_events import CardPeople
from verification.chaos.races import Races
from verification.chaos.scenario_sampling import GOOD_CARDS
from verification.chaos.scenarios import (
    Authenticate,
    Cancel,
    Deed,
    Errand,
    GiveCards,
    LetTimePass,
    Order,
    RaceTheDeadline,
    Rescue,
    SendPoison,
    Verdict,
    Way,
)
from verification.chaos.shop import Shop, ShopError
from verification.chaos.watch import Seen, Watch

BEYOND_THE_DEADLINE = 14.01
"""Days."""

TURN_LIMIT = 75.0
"""Seconds that a customer watches an order for. What takes longer is looked after in the quiet."""

_PASSING = {
    RPCStatusCode.UNAVAILABLE,
    RPCStatusCode.DEADLINE_EXCEEDED,
    RPCStatusCode.CANCELLED,
    RPCStatusCode.RESOURCE_EXHAUSTED,
    RPCStatusCode.UNKNOWN,
    RPCStatusCode.INTERNAL,
}


class Customers:
    """They all use one API and, for what no API offers, one Temporal client."""

    def __init__(
        self,
        shop: Shop,
        temporal: Client,
        watch: Watch,
        cards_url: str,
        accepted: Callable[[], None],
    ) -> None:
        """`accepted` is called for each order that was accepted."""
        self.people = CardPeople(cards_url, self._verdict)
        """They, and their banks, at the card provider."""
        self._shop = shop
        self._temporal = temporal
        self._watch = watch
        self._accepted = accepted
        self.ids: dict[str, Order] = {}
        """The orders that were accepted, by their ids."""
        self.races = Races(shop)
        self.repeated = 0
        """Requests that were made again at once, and found the first one's order."""
        self.breaches: list[str] = []
        """What must not be, as far as a customer can see it."""
        self.poison: Counter[str] = Counter()
        """Signals that were sent, and those that the server refused."""

    async def play(self, errand: Errand) -> None:
        """Returns when all orders are over, wait for somebody, or took too long to watch."""
        try:
            await asyncio.gather(*map(self._shop.register, errand.customers))
            await asyncio.gather(*map(self._play, errand.orders))
        except ShopError as error:
            self.breaches.append(str(error))

    async def rescue(self, id: str) -> None:
        """End a payment that waits, as its plan has it."""
        if self.ids[id].rescue is Rescue.CARD:
            await self._shop.give_payment_card(id, GOOD_CARDS[0])
        else:
            await self._shop.fast_forward(id, BEYOND_THE_DEADLINE)

    def race_results(self) -> Counter[str]:
        """What was done around deadlines, and how those payments ended."""
        ended = Counter(f"payment {self._watch[id].payment}" for id in self.races.ids)
        return self.races.done + ended

    async def _play(self, order: Order) -> None:
        id = await self._place(order)
        if order.deed is not None:
            await self._do(id, order, order.deed)
        await self._watch.until(id, _is_not_ours, TURN_LIMIT)
        if self._watch[id].awaits_card and not order.parked:
            await self.rescue(id)
            await self._watch.until(id, _is_over, TURN_LIMIT)
        if self._watch[id].awaits_card:
            self._watch.forget(id)

    async def _place(self, order: Order) -> str:
        key = f"order-{order.number}"
        if order.policy is None:
            asked = [self._shop.request_payment(order.customer, order.amount, key)]
        else:
            asked = [
                self._shop.place_order(key, order.customer, order.policy, order.lines)
                for _ in range(order.posts)
            ]
        ids = set(await asyncio.gather(*asked))
        if len(ids) > 1:
            self.breaches.append(f"{key} was accepted as {len(ids)} orders: {', '.join(ids)}")
        self.repeated += len(asked) - 1
        for id in ids:
            self.ids[id] = order
            self._watch.add(id, alone=order.policy is None)
        self._accepted()
        return ids.pop()

    async def _do(self, id: str, order: Order, deed: Deed) -> None:
        match deed:
            case GiveCards():
                await self._give_cards(id, order, deed)
            case LetTimePass():
                await self._let_time_pass(id, deed.days)
            case Cancel():
                if deed.patient:
                    await self._watch.until(id, _is_not_ours, TURN_LIMIT)
                await asyncio.sleep(deed.delay)
                await self._shop.cancel(id)
            case RaceTheDeadline():
                await self._race(id, order, deed)
            case Authenticate():
                await self._authenticate(id, order, deed)
            case SendPoison():
                await self._watch.until(id, _is_not_ours, TURN_LIMIT)
                for name in deed.names:
                    await self._poison(id, name)

    async def _give_cards(self, id: str, order: Order, deed: GiveCards) -> None:
        if deed.patient:
            await self._watch.until(id, _is_not_ours, TURN_LIMIT)
        else:
            await self._watch.until(id, _has_payment, TURN_LIMIT)
        if deed.days and self._watch[id].awaits_card:
            await self._shop.fast_forward(id, deed.days)
        if deed.gap:
            for (card, way), pause in zip(
                deed.cards, chain((0.0,), repeat(deed.gap)), strict=False
            ):
                await asyncio.sleep(pause)
                await self._give_card(id, order, card, way)
        else:
            await asyncio.gather(
                *(self._give_card(id, order, card, way) for card, way in deed.cards)
            )

    async def _give_card(self, id: str, order: Order, card: str, way: Way) -> None:
        match way:
            case Way.CUSTOMER:
                await self._shop.give_customer_card(order.customer, card)
            case Way.PAYMENT:
                await self._shop.give_payment_card(id, card)
            case Way.SIGNAL:
                await self._signal(id, card)

    async def _let_time_pass(self, id: str, days: tuple[float, ...]) -> None:
        for some in days:
            await self._watch.until(id, _is_not_ours, TURN_LIMIT)
            if self._watch[id].awaits_card:
                await self._shop.fast_forward(id, some)

    async def _race(self, id: str, order: Order, deed: RaceTheDeadline) -> None:
        await self._watch.until(id, _is_not_ours, TURN_LIMIT)
        deadline = await self.races.approach(id, deed.lead)
        if deadline is None:
            return
        do = partial(self.races.do, deadline)
        cancel_after = deed.cancel_after if order.policy is not None else None
        await asyncio.gather(
            do("card", deed.card_after, lambda: self._give_card(id, order, deed.card, deed.way)),
            do("cancellation", cancel_after, lambda: self._shop.cancel(id)),
            do(
                "authentication",
                deed.authenticate_after,
                lambda: self.people.authenticate(id, succeeds=True),
            ),
        )

    async def _authenticate(self, id: str, order: Order, deed: Authenticate) -> None:
        if deed.patient:
            await self._watch.until(id, _is_not_ours, TURN_LIMIT)
        else:
            await self.people.until_asked(id, lambda: self._watch[id].is_over, TURN_LIMIT)
        if deed.days and self._watch[id].awaits_card:
            await self._shop.fast_forward(id, deed.days)

        async def authentication() -> None:
            await asyncio.sleep(deed.lag)
            for succeeds in deed.succeeds:
                await self.people.authenticate(id, succeeds=succeeds)

        async def meanwhile() -> None:
            if deed.meanwhile is not None:
                await self._do(id, order, deed.meanwhile)

        await asyncio.gather(authentication(), meanwhile())

    def _verdict(self, payment: str) -> Verdict | None:
        return self.ids[payment].bank if payment in self.ids else None

    async def _signal(self, id: str, card: str) -> None:
        """Straight to the payment, which may have ended."""
        handle = self._temporal.get_workflow_handle(f"payment/{id}")
        try:
            await handle.signal(malformed_signals.CARD_DETAILS_UPDATED, {"payment_method": card})
        except RPCError as error:
            if error.status not in _PASSING | {RPCStatusCode.NOT_FOUND}:
                raise

    async def _poison(self, id: str, name: str) -> None:
        try:
            await malformed_signals.send(self._temporal, id, name)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND and error.status not in _PASSING:
                self.poison[f"{name} (refused by the server)"] += 1
        else:
            self.poison[name] += 1


def _is_not_ours(seen: Seen) -> bool:
    return not seen.is_under_way


def _is_over(seen: Seen) -> bool:
    return seen.is_over


def _has_payment(seen: Seen) -> bool:
    return seen.is_over or seen.payment is not None
