"""The REST API as a customer uses it who is patient while something is away."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any

import httpx

from verification.chaos.scenarios import Customer, Product

PATIENCE = 180.0
"""Seconds that a customer tries again for, before it counts as a breach."""

REQUEST_TIMEOUT = 60.0
KEEP_ALIVE = 2.0
"""Seconds; less than the API's 5, which may close a connection just when it is used again."""

PLACES = 7
"""Of a number of days: hundredths of a second."""

PAUSE = 0.5
"""Seconds between two tries."""

_FAULTS = {HTTPStatus.INTERNAL_SERVER_ERROR, HTTPStatus.UNPROCESSABLE_ENTITY}

Hook = Callable[[httpx.Response], Awaitable[None]]


class ShopError(Exception):
    """The API did not do, within `PATIENCE`, what it has to."""


class Shop:
    """Safe calls are repeated until they are answered; others are made once."""

    def __init__(self, url: str, see: Hook) -> None:
        """`see` is shown every answer."""
        self.answers: Counter[int] = Counter()
        """By HTTP status; 0 is no answer."""
        self.faults: list[str] = []
        """What the API called its own fault (being away is none), or ours (we make none)."""
        self._http = httpx.AsyncClient(
            base_url=url,
            timeout=REQUEST_TIMEOUT,
            trust_env=False,
            limits=httpx.Limits(keepalive_expiry=KEEP_ALIVE),
            event_hooks={"response": [see]},
        )

    async def close(self) -> None:
        """Ends the connections."""
        await self._http.aclose()

    async def put_product(self, product: Product) -> None:
        """A product as it is on sale."""
        body = {"name": product.sku, "price": product.price, "stock": product.stock}
        await self._surely("PUT", f"/products/{product.sku}", body)

    async def register(self, customer: Customer) -> None:
        """A customer with their balance and card."""
        id = customer.id
        await self._surely(
            "POST", "/customers", {"id": id, "name": id, "email": f"{id}@chaos.test"}
        )
        if customer.balance:
            gift = {"amount": customer.balance, "reference": "gift"}
            await self._surely("POST", f"/customers/{id}/credits", gift)
        if customer.card:
            await self.give_customer_card(id, customer.card)

    async def place_order(self, key: str, body: dict[str, Any]) -> str:
        """The order's id; repeated under the same key it is the same order."""
        answer = await self._surely("POST", "/orders", body, {"Idempotency-Key": key})
        return str(answer.json()["id"])

    async def request_payment(self, body: dict[str, Any]) -> str:
        """The payment's id; repeated under the same reference it is the same payment."""
        return str((await self._surely("POST", "/payments", body)).json()["id"])

    async def payment(self, id: str) -> dict[str, Any]:
        """The payment as the API shows it."""
        return (await self._surely("GET", f"/payments/{id}")).json()

    async def give_customer_card(self, customer: str, card: str) -> None:
        """409: a newer one replaced it; 422: nobody knows it."""
        await self._surely("PUT", f"/customers/{customer}/card", {"payment_method": card})

    async def give_payment_card(self, payment: str, card: str) -> None:
        """409: the payment has ended."""
        await self._surely("PUT", f"/payments/{payment}/card", {"payment_method": card})

    async def cancel(self, order: str) -> bool:
        """Whether it will be canceled; 409: it is too late."""
        answer = await self._surely("POST", f"/orders/{order}/cancel")
        return answer.is_success

    async def fast_forward(self, payment: str, days: float) -> bool:
        """Whether the clock was moved and what fell due is done; tried once.

        Not to the nanosecond: among so many digits there is a card number now and then.
        """
        days = round(days, PLACES)
        answer = await self._once("POST", f"/dev/payments/{payment}/fast-forward", {"days": days})
        return answer is not None and answer.is_success

    async def _surely(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """The first answer that is not about something being away."""
        end = time.monotonic() + PATIENCE
        while True:
            answer = await self._once(method, path, body, headers)
            if answer is not None and answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
                return answer
            if time.monotonic() > end:
                said = "nothing" if answer is None else f"{answer.status_code} {answer.text}"
                raise ShopError(f"{method} {path} was answered for {PATIENCE:.0f} s with {said}")
            await asyncio.sleep(PAUSE)

    async def _once(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response | None:
        """None if the connection broke."""
        try:
            answer = await self._http.request(method, path, json=body, headers=headers)
        except httpx.TransportError:
            self.answers[0] += 1
            return None
        self.answers[answer.status_code] += 1
        if answer.status_code in _FAULTS:
            self.faults.append(f"{method} {path} was answered {answer.status_code}: {answer.text}")
        return answer
