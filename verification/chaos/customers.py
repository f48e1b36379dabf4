"""Plays the scenarios of a plan: customers place orders, and they and others act on them."""

import asyncio
from collections import Counter
from collections.abc import Callable
from functools import partial
from itertools import chain, repeat

from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from verification.chaos import malformed_signals
from verification.chaos.card_events import CardHolders
from verification.chaos.effects import Effect
from verification.chaos.intervention_kinds import Intervention
from verification.chaos.interventions.targets import Candidate, candidates
from verification.chaos.interventions.temporal_server import UNAVAILABLE
from verification.chaos.operators import Operators
from verification.chaos.order_monitor import Observation, OrderMonitor
from verification.chaos.races import WAITING, Races
from verification.chaos.scenario_generator import GOOD_CARDS
from verification.chaos.scenarios import (
    Action,
    Authenticate,
    AwaitRetries,
    BankOutcome,
    Cancel,
    Channel,
    FailSavedCard,
    GiveCards,
    Kind,
    LaterAction,
    LetTimePass,
    Order,
    RaceTheDeadline,
    Refund,
    Resolution,
    Scenario,
    SendMalformedSignals,
)
from verification.chaos.shop import Shop, ShopError

BEYOND_THE_DEADLINE = 14.01
"""Days."""

TURN_LIMIT = 75.0
"""Seconds for which a customer waits for an order; the quiet time covers what takes longer."""


class Customers:
    """All customers share one API client and, for signals, one Temporal client."""

    def __init__(
        self,
        shop: Shop,
        temporal: Client,
        monitor: OrderMonitor,
        cards_url: str,
        accepted: Callable[[], None],
    ) -> None:
        """`accepted` is called for each order that was accepted."""
        self.webhooks_arrive = asyncio.Lock()
        """Held while webhooks are lost for good."""
        self.card_holders = CardHolders(cards_url, self._bank_outcome, self.webhooks_arrive)
        """The customers and their banks at the card provider."""
        self.operators = Operators(shop, self.card_holders, monitor.database, self._bank_outcome)
        self._shop = shop
        self._temporal = temporal
        self._monitor = monitor
        self._accepted = accepted
        self.ids: dict[str, Order] = {}
        """The orders that were accepted, by their ids."""
        self._resolved: set[str] = set()
        self.races = Races(shop)
        self.repeated = 0
        """Duplicate requests that were answered with the first one's order."""
        self.violations: list[str] = []
        """Violations that a customer can see."""
        self.malformed_signals: Counter[str] = Counter()
        """The signals that were sent, and those that the server refused."""

    async def play(self, scenario: Scenario) -> None:
        """Return when each order is over, waits for a card, or took longer than the limit."""
        try:
            await asyncio.gather(*map(self._shop.register, scenario.customers))
            if scenario.in_turn:
                for order in scenario.orders:
                    await self._play(order)
            else:
                await asyncio.gather(*map(self._play, scenario.orders))
        except ShopError as error:
            self.violations.append(str(error))

    async def resolve(self, id: str) -> None:
        """End a waiting payment as planned; by its deadline if a card was given and did not pay."""
        if self.ids[id].resolution is Resolution.CARD and id not in self._resolved:
            self._resolved.add(id)
            await self._shop.give_payment_card(id, GOOD_CARDS[0])
        else:
            await self._shop.fast_forward(id, BEYOND_THE_DEADLINE)

    async def candidates(self, intervention: Intervention) -> list[Candidate]:
        """What an operator may choose for the intervention."""
        refunds = await self.operators.under_way()
        return candidates(intervention, self.ids, self._monitor.items(), refunds)

    def race_results(self) -> Counter[str]:
        """Count the actions around deadlines, and how those payments ended."""
        ended = Counter(f"payment {self._monitor[id].payment}" for id in self.races.ids)
        return self.races.done + ended

    async def _play(self, order: Order) -> None:
        id = await self._place(order)
        if isinstance(order.action, Action):
            await self._do(id, order, order.action)
        await self._monitor.wait_until(id, _is_over_or_waiting, TURN_LIMIT)
        if self._monitor[id].awaits_card and not order.parked:
            await self.resolve(id)
            await self._monitor.wait_until(id, _is_over, TURN_LIMIT)
        if isinstance(order.action, LaterAction) and self._monitor[id].is_over:
            await self._do_later(id, order, order.action)
        if self._monitor[id].awaits_card:
            self._monitor.forget(id)

    async def _place(self, order: Order) -> str:
        key = f"order-{order.number}"
        if order.policy is None:
            requests = [self._shop.request_payment(order.customer, order.amount, key)]
        else:
            requests = [
                self._shop.place_order(key, order.customer, order.policy, order.lines)
                for _ in range(order.posts)
            ]
        ids = set(await asyncio.gather(*requests))
        if len(ids) > 1:
            self.violations.append(f"{key} was accepted as {len(ids)} orders: {', '.join(ids)}")
        self.repeated += len(requests) - 1
        for id in ids:
            self.ids[id] = order
            self._monitor.add(id, alone=order.policy is None)
        self._accepted()
        return ids.pop()

    async def _do(self, id: str, order: Order, action: Action) -> None:
        match action:
            case GiveCards():
                await self._give_cards(id, order, action)
            case LetTimePass():
                await self._let_time_pass(id, action.days)
            case Cancel():
                if action.after_waiting:
                    await self._monitor.wait_until(id, _is_over_or_waiting, TURN_LIMIT)
                await asyncio.sleep(action.delay)
                await self._shop.cancel(id)
            case RaceTheDeadline():
                await self._race(id, order, action)
            case Authenticate():
                await self._authenticate(id, order, action)
            case AwaitRetries():
                await self._await_retries(id, order, action)
            case SendMalformedSignals():
                await self._monitor.wait_until(id, _is_over_or_waiting, TURN_LIMIT)
                for name in action.names:
                    await self._send_malformed_signal(id, name)

    async def _do_later(self, id: str, order: Order, action: LaterAction) -> None:
        match action:
            case FailSavedCard():
                await self.card_holders.fail_saved_card(order.customer, id, action.code)
            case Refund():
                await self.operators.refund(id, action)

    async def _give_cards(self, id: str, order: Order, action: GiveCards) -> None:
        if action.after_waiting:
            await self._monitor.wait_until(id, _is_over_or_waiting, TURN_LIMIT)
        else:
            await self._monitor.wait_until(id, _has_payment, TURN_LIMIT)
        if action.days and self._monitor[id].awaits_card:
            await self._shop.fast_forward(id, action.days)
        if action.gap:
            for (card, channel), pause in zip(
                action.cards, chain((0.0,), repeat(action.gap)), strict=False
            ):
                await asyncio.sleep(pause)
                await self._give_card(id, order, card, channel)
        else:
            await asyncio.gather(
                *(self._give_card(id, order, card, channel) for card, channel in action.cards)
            )

    async def _give_card(self, id: str, order: Order, card: str, channel: Channel) -> None:
        match channel:
            case Channel.CUSTOMER:
                await self._shop.give_customer_card(order.customer, card)
            case Channel.PAYMENT:
                await self._shop.give_payment_card(id, card)
            case Channel.SIGNAL:
                await self._signal(id, card)

    async def _let_time_pass(self, id: str, days: tuple[float, ...]) -> None:
        for step in days:
            await self._monitor.wait_until(id, _is_over_or_waiting, TURN_LIMIT)
            if self._monitor[id].awaits_card:
                await self._shop.fast_forward(id, step)

    async def _await_retries(self, id: str, order: Order, action: AwaitRetries) -> None:
        await self._monitor.wait_until(id, _is_over_or_waiting, TURN_LIMIT)
        for works, days in action.steps:
            if self._monitor[id].awaits_card:
                if works:
                    await self.card_holders.restore_saved_card(order.customer)
                passed = await self._shop.fast_forward(id, days)
                if passed and works and order.kind is Kind.HARD_DECLINE:
                    waits = (await self._shop.payment(id))["status"] == WAITING
                    self.operators.effects[Effect.NOT_RETRIED] += waits
                await self._monitor.wait_until(id, _is_over_or_waiting, TURN_LIMIT)

    async def _race(self, id: str, order: Order, action: RaceTheDeadline) -> None:
        await self._monitor.wait_until(id, _is_over_or_waiting, TURN_LIMIT)
        deadline = await self.races.approach(id, action.lead)
        if deadline is None:
            return
        do = partial(self.races.do, deadline)
        cancel_after = action.cancel_after if order.policy is not None else None
        await asyncio.gather(
            do(
                "card",
                action.card_after,
                lambda: self._give_card(id, order, action.card, action.channel),
            ),
            do("cancellation", cancel_after, lambda: self._shop.cancel(id)),
            do(
                "authentication",
                action.authenticate_after,
                lambda: self.card_holders.authenticate(id, succeeds=True),
            ),
        )

    async def _authenticate(self, id: str, order: Order, action: Authenticate) -> None:
        if action.after_waiting:
            await self._monitor.wait_until(id, _is_over_or_waiting, TURN_LIMIT)
        else:
            await self.card_holders.wait_for_charge(
                id, lambda: self._monitor[id].is_over, TURN_LIMIT
            )
        if action.days and self._monitor[id].awaits_card:
            await self._shop.fast_forward(id, action.days)

        async def authentication() -> None:
            await asyncio.sleep(action.lag)
            for succeeds in action.succeeds:
                await self.card_holders.authenticate(id, succeeds=succeeds)

        async def meanwhile() -> None:
            if action.meanwhile is not None:
                await self._do(id, order, action.meanwhile)

        await asyncio.gather(authentication(), meanwhile())

    def _bank_outcome(self, payment: str) -> BankOutcome | None:
        return self.ids[payment].bank if payment in self.ids else None

    async def _signal(self, id: str, card: str) -> None:
        """Signal the payment directly; it may have ended."""
        handle = self._temporal.get_workflow_handle(f"payment/{id}")
        try:
            await handle.signal(malformed_signals.CARD_DETAILS_UPDATED, {"payment_method": card})
        except RPCError as error:
            if error.status not in UNAVAILABLE | {RPCStatusCode.NOT_FOUND}:
                raise

    async def _send_malformed_signal(self, id: str, name: str) -> None:
        try:
            await malformed_signals.send(self._temporal, id, name)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND and error.status not in UNAVAILABLE:
                self.malformed_signals[f"{name} (refused by the server)"] += 1
        else:
            self.malformed_signals[name] += 1


def _is_over_or_waiting(seen: Observation) -> bool:
    return not seen.is_under_way


def _is_over(seen: Observation) -> bool:
    return seen.is_over


def _has_payment(seen: Observation) -> bool:
    return seen.is_over or seen.payment is not None
