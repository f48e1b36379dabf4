"""The system behind its REST API: its orders, and payments without one."""

import itertools
import time
from collections.abc import Sequence
from typing import Any

from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client

from clients import calls
from clients.calls import Call
from clients.errors import ApiError
from clients.rest import AsyncRestClient
from domain.statuses import OrderPolicy, OrderStatus
from verification.bench.contenders.contender import some
from verification.bench.errors import InvalidMeasurementError
from verification.bench.instruments import histories
from workflows.messages import OrderResult, PaymentOutcome, PaymentResult
from workflows.names import order_workflow_id, payment_workflow_id

CUSTOMERS = 10
SKU = "bench-lily"
PRICE = 2500
"""Cents."""


class System:
    """Orders placed over HTTP, awaited by their workflow's result."""

    name = "orders over HTTP"

    def __init__(self, api: AsyncRestClient, client: Client, policy: OrderPolicy) -> None:
        """`client` has the application's data converter."""
        self.workflow_ids: list[tuple[str, str]] = []
        """Of each order and its payment."""
        self.seconds_to_start: list[float] = []
        self._api = api
        self._client = client
        self._policy = policy

    async def prepare(self, stock: int) -> None:
        """Creates customers with a working card, and a product with `stock` pieces."""
        for number in range(CUSTOMERS):
            id = _customer(number)
            await _send(self._api, calls.create_customer(id, id, f"{id}@example.com"))
            await _send(self._api, calls.update_customer_card(id, "pm_card_visa"))
        await _send(self._api, calls.put_product(SKU, "Pond lily", PRICE, stock))

    async def order(self) -> None:
        """Raises InvalidMeasurementError unless the order is fulfilled."""
        customer = _customer(len(self.workflow_ids))
        call = calls.place_order(customer, [(SKU, 1)], policy=self._policy)
        started = time.perf_counter()
        answer = await _send(self._api, call)
        self.seconds_to_start.append(time.perf_counter() - started)
        order_id = str(answer["id"])
        self.workflow_ids.append((order_workflow_id(order_id), payment_workflow_id(order_id)))
        # Temporal notifies at once; polling the API would cost CPU.
        workflow = self._client.get_workflow_handle(
            order_workflow_id(order_id), result_type=OrderResult
        )
        result = await workflow.result()
        if result.status is not OrderStatus.FULFILLED:
            message = f"order {order_id} is {result.status}: {result.reason}"
            raise InvalidMeasurementError(message)

    async def histories(self) -> list[list[Sequence[HistoryEvent]]]:
        """Of some orders, each with its payment's."""
        return [await histories.read(self._client, ids) for ids in some(self.workflow_ids)]


class Payments:
    """Payments without an order, requested over HTTP by the customers of `System`."""

    name = "payments over HTTP"

    def __init__(self, api: AsyncRestClient, client: Client) -> None:
        """`client` has the application's data converter."""
        self.seconds_to_start: list[float] = []
        self._workflow_ids: list[str] = []
        self._numbers = itertools.count()
        self._api = api
        self._client = client

    async def order(self) -> None:
        """Raises InvalidMeasurementError unless the payment is received."""
        number = next(self._numbers)
        # No long random reference, which may look like a card number.
        call = calls.request_payment(_customer(number), PRICE, f"bench {number}")
        started = time.perf_counter()
        answer = await _send(self._api, call)
        self.seconds_to_start.append(time.perf_counter() - started)
        workflow_id = payment_workflow_id(str(answer["id"]))
        self._workflow_ids.append(workflow_id)
        workflow = self._client.get_workflow_handle(workflow_id, result_type=PaymentResult)
        outcome = (await workflow.result()).outcome
        if outcome is not PaymentOutcome.RECEIVED:
            message = f"{workflow_id} is {outcome}"
            raise InvalidMeasurementError(message)

    async def histories(self) -> list[list[Sequence[HistoryEvent]]]:
        """Of some payments."""
        return [await histories.read(self._client, [id]) for id in some(self._workflow_ids)]


def _customer(number: int) -> str:
    return f"bench-{number % CUSTOMERS}"


async def _send(api: AsyncRestClient, call: Call) -> dict[str, Any]:
    try:
        return await api.send(call)
    except ApiError as error:
        raise InvalidMeasurementError(f"{call} failed: {error}") from error
