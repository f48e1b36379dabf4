"""What is measured: the system behind its REST API, and the bare workflow."""

import time
import uuid
from collections.abc import Sequence
from typing import Any, Protocol

from temporalio.client import Client

from clients import calls
from clients.calls import Call
from clients.errors import ApiError
from clients.rest import AsyncRestClient
from domain.statuses import OrderPolicy, OrderStatus
from verification.bench.bare import TASK_QUEUE, BareOrder
from verification.bench.errors import InvalidMeasurementError
from workflows.messages import OrderResult
from workflows.names import order_workflow_id, payment_workflow_id

CUSTOMERS = 10
SKU = "bench-lily"
PRICE = 2500
"""Cents."""


class Contender(Protocol):
    """Carries out orders, and keeps the ids of their workflows."""

    name: str
    workflow_ids: list[tuple[str, str]]
    """Of each order and its payment."""

    async def order(self) -> None:
        """Carries out one order, from start to end."""
        ...


class System:
    """Orders placed over HTTP, awaited by their workflow's result."""

    name = "orders over HTTP"

    def __init__(self, api: AsyncRestClient, client: Client, policy: OrderPolicy) -> None:
        """`client` has the application's data converter."""
        self.workflow_ids: list[tuple[str, str]] = []
        self.seconds_to_post: list[float] = []
        self._api = api
        self._client = client
        self._policy = policy

    async def prepare(self, stock: int) -> None:
        """Creates customers with a working card, and a product with `stock` pieces."""
        for number in range(CUSTOMERS):
            id = f"bench-{number}"
            await self._send(calls.create_customer(id, id, f"{id}@example.com"))
            await self._send(calls.update_customer_card(id, "pm_card_visa"))
        await self._send(calls.put_product(SKU, "Pond lily", PRICE, stock))

    async def order(self) -> None:
        """Raises InvalidMeasurementError unless the order is fulfilled."""
        customer = f"bench-{len(self.workflow_ids) % CUSTOMERS}"
        call = calls.place_order(customer, [(SKU, 1)], policy=self._policy)
        started = time.perf_counter()
        answer = await self._send(call)
        self.seconds_to_post.append(time.perf_counter() - started)
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

    async def _send(self, call: Call) -> dict[str, Any]:
        try:
            return await self._api.send(call)
        except ApiError as error:
            raise InvalidMeasurementError(f"{call} failed: {error}") from error


class Bare:
    """Bare workflows, started by the Temporal client."""

    def __init__(self, client: Client, *, mixed: bool) -> None:
        """`mixed`: local and regular activities as in the real order; else regular ones only."""
        self.name = "bare, as mixed" if mixed else "bare, all regular"
        self.workflow_ids: list[tuple[str, str]] = []
        self._client = client
        self._mixed = mixed

    async def order(self) -> None:
        """Carries out one bare order with its payment."""
        order_id = f"bare/{uuid.uuid4()}"
        self.workflow_ids.append((order_id, f"{order_id}/payment"))
        await self._client.execute_workflow(
            BareOrder.run, self._mixed, id=order_id, task_queue=TASK_QUEUE
        )


def sample(contender: Contender, size: int = 10) -> Sequence[tuple[str, str]]:
    """The workflow ids of some of its orders, evenly spread."""
    every = max(1, len(contender.workflow_ids) // size)
    return contender.workflow_ids[::every][:size]
