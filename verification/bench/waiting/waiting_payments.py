"""Opens payments that wait for another card: half of them of orders, half by themselves."""

from clients import calls
from clients.rest import AsyncRestClient
from verification.bench.contenders.system import PRICE, SKU
from verification.bench.instruments.load import carry_out
from verification.bench.instruments.progress_bar import Progress
from verification.bench.waiting.counts import Counts, until

PER_CUSTOMER = 10
"""Open payments of one customer."""

BATCH = 1000
"""Payments requested before all of them must wait: the queues of tasks stay short."""

CONCURRENCY = 20
DECLINED_CARD = "pm_card_chargeDeclined"


class WaitingPayments:
    """Requests payments over HTTP, of customers whose card is declined."""

    def __init__(self, api: AsyncRestClient, counts: Counts) -> None:
        """The product of `verification.bench.contenders.system` must exist."""
        self.opened = 0
        self._api = api
        self._counts = counts
        self._customers = 0

    async def open(self, count: int, progress: Progress) -> float:
        """Return once so many more wait; seconds from the first request, customers apart.

        Raises ApiError, and InvalidMeasurementError if one does not wait.
        """
        target, seconds = self.opened + count, 0.0
        while self.opened < target:
            size = min(BATCH, target - self.opened)
            title = f"opening payments that wait, from {self.opened:,} on"
            with progress.phase(title, size, "payments") as done:
                missing = -(-(self.opened + size) // PER_CUSTOMER) - self._customers
                await carry_out(self._create_customer, missing, CONCURRENCY, lambda: None)
                seconds += await carry_out(self._request, size, CONCURRENCY, done)
                seconds += await until(self._counts.waiting, self.opened, "waiting payments")
        return seconds

    async def _create_customer(self) -> None:
        customer = f"waiting-{self._customers}"
        self._customers += 1
        await self._api.send(calls.create_customer(customer, customer, f"{customer}@example.com"))
        await self._api.send(calls.update_customer_card(customer, DECLINED_CARD))

    async def _request(self) -> None:
        number = self.opened
        self.opened += 1
        customer = f"waiting-{number // PER_CUSTOMER}"
        if number % 2:
            await self._api.send(calls.request_payment(customer, PRICE, f"invoice-{number}"))
        else:
            await self._api.send(calls.place_order(customer, [(SKU, 1)]))
