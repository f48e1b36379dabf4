"""The REST API as a customer uses it who tries again while something is unavailable."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

import httpx

from clients import calls
from clients.calls import Call
from clients.errors import UnavailableError
from clients.rest import AsyncRestClient
from verification.chaos.payment_clocks import PaymentClock, PaymentClocks
from verification.chaos.scenarios import Customer, Product

TIMEOUT = 180.0
"""Seconds that a customer tries again for, before it counts as a violation."""

REQUEST_TIMEOUT = 60.0
KEEP_ALIVE = 2.0
"""Seconds; less than the API's 5, which may close a connection just when it is used again."""

PLACES = 7
"""Decimal places of a number of days: hundredths of a second."""

SHORTEST = 10**-PLACES
"""Days that a clock is moved at least: the API refuses 0."""

PAUSE = 0.5
"""Seconds between two tries."""

_FAULTS = {HTTPStatus.INTERNAL_SERVER_ERROR, HTTPStatus.UNPROCESSABLE_ENTITY}

Lines = Sequence[tuple[str, int]]
"""SKUs and quantities."""

Hook = Callable[[httpx.Response], Awaitable[None]]


class ShopError(Exception):
    """The API did not do, within `TIMEOUT`, what it has to."""


class Shop:
    """Safe calls are repeated until they are answered; others are made once."""

    def __init__(self, url: str, on_response: Hook) -> None:
        """`on_response` sees every response."""
        self.answers: Counter[int] = Counter()
        """By HTTP status; 0 is no answer."""
        self.faults: list[str] = []
        """Answers that blame the API (500) or us (422: we send nothing invalid); being unavailable
        is no fault.
        """
        self.clocks = PaymentClocks(PaymentClock)
        self._api = AsyncRestClient(
            url,
            timeout=REQUEST_TIMEOUT,
            limits=httpx.Limits(keepalive_expiry=KEEP_ALIVE),
            on_response=on_response,
        )

    async def close(self) -> None:
        """Closes the connections."""
        await self._api.close()

    async def put_product(self, product: Product) -> None:
        """Creates the product with its price and stock."""
        call = calls.put_product(product.sku, product.sku, product.price, product.stock)
        await self._until_answered(call)

    async def register(self, customer: Customer) -> None:
        """Creates the customer with their balance and card."""
        id = customer.id
        await self._until_answered(calls.create_customer(id, id, f"{id}@chaos.test"))
        if customer.balance:
            await self._until_answered(calls.credit_customer(id, customer.balance, "gift"))
        if customer.card:
            await self.give_customer_card(id, customer.card)

    async def place_order(self, key: str, customer: str, policy: str, lines: Lines) -> str:
        """The order's id; repeated with the same key it is the same order."""
        call = calls.place_order(customer, lines, policy=policy, key=key)
        return str((await self._until_answered(call)).json()["id"])

    async def request_payment(self, customer: str, amount: int, reference: str) -> str:
        """The payment's id; repeated with the same reference it is the same payment."""
        call = calls.request_payment(customer, amount, reference)
        return str((await self._until_answered(call)).json()["id"])

    async def payment(self, id: str) -> dict[str, Any]:
        """The payment as the API shows it."""
        return (await self._until_answered(calls.get_payment(id))).json()

    async def give_customer_card(self, customer: str, card: str) -> None:
        """Accepts 409 (a newer card replaced it) and 422 (the provider does not know it)."""
        await self._until_answered(calls.update_customer_card(customer, card))

    async def give_payment_card(self, payment: str, card: str) -> None:
        """Accepts 409: the payment has ended."""
        await self._until_answered(calls.update_payment_card(payment, card))

    async def cancel(self, order: str) -> bool:
        """Whether it will be canceled; False if it is too late (409)."""
        return (await self._until_answered(calls.cancel_order(order))).is_success

    async def refund(
        self, payment: str, amount: int, reference: str, replaces: str | None = None
    ) -> bool:
        """Whether the amount will be refunded; False if it is not held, or owed by none (409)."""
        call = calls.refund_payment(payment, amount, reference, replaces)
        return (await self._until_answered(call)).is_success

    async def settle_refund_outside(self, payment: str, reference: str) -> bool:
        """Whether the refund was owed, and is settled outside now."""
        call = calls.settle_refund(payment, reference, "Paid by bank transfer.")
        return (await self._until_answered(call)).is_success

    async def owed_refunds(self) -> dict[str, Any]:
        """How many refunds wait for an operator, and the list of them."""
        return (await self._until_answered(Call("GET", "/operations"))).json()["refunds"]

    async def fast_forward(self, payment: str, days: float) -> bool:
        """Whether the clock was advanced and all that fell due is done; each move is tried once.

        It moves to the next reminder or the deadline, until its work is done, and then on: what is
        still due would be late by days. That is so, too, after a move that took too long.
        """
        clock = self.clocks[payment]
        async with clock.lock:
            seen = await self.payment(payment)
            end = _clock(seen) + timedelta(days=days)
            while not _has_due_work(seen):
                clock.was_moved = True
                # Not to the nanosecond: so many digits contain a card number now and then.
                left = (min([end, *_due(seen)]) - _clock(seen)) / timedelta(days=1)
                move = calls.fast_forward(payment, max(round(left, PLACES), SHORTEST))
                answer = await self._once(move)
                if answer is None or not answer.is_success:
                    return False
                seen = answer.json()
                if _clock(seen) >= end or seen["deadline"] is None:
                    return True
        return False

    async def _until_answered(self, call: Call) -> httpx.Response:
        """The first answer that does not say that something is unavailable."""
        end = time.monotonic() + TIMEOUT
        while True:
            answer = await self._once(call)
            if answer is not None and answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
                return answer
            if time.monotonic() > end:
                last = "no answer" if answer is None else f"{answer.status_code} {answer.text}"
                raise ShopError(f"{call} failed for {TIMEOUT:.0f} s; the last answer: {last}")
            await asyncio.sleep(PAUSE)

    async def _once(self, call: Call) -> httpx.Response | None:
        """None if the connection broke."""
        try:
            answer = await self._api.respond(call)
        except UnavailableError:
            self.answers[0] += 1
            return None
        self.answers[answer.status_code] += 1
        if answer.status_code in _FAULTS:
            self.faults.append(f"{call} was answered {answer.status_code}: {answer.text}")
        return answer


def _has_due_work(payment: dict[str, Any]) -> bool:
    """Whether its reminder or deadline has come by its own clock, and is not done yet."""
    return any(moment <= _clock(payment) for moment in _due(payment))


def _due(payment: dict[str, Any]) -> list[datetime]:
    due = filter(None, (payment["next_reminder_at"], payment["deadline"]))
    return [datetime.fromisoformat(moment) for moment in due]


def _clock(payment: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(payment["now"])
