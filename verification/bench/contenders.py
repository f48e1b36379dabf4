"""Who carries out orders: the system behind its REST API, and the bare workflow."""

import time
import uuid
from collections.abc import Sequence
from typing import Protocol

import httpx
from temporalio.client import Client

from domain.statuses import OrderPolicy, OrderStatus
from verification.bench.bare import TASK_QUEUE, BareOrder
from verification.bench.errors import InvalidMeasurementError
from workflows.messages import OrderResult
from workflows.names import order_name, payment_name

CUSTOMERS = 10
SKU = "bench-lily"
PRICE = 2500
"""Cents."""


class Contender(Protocol):
    """Carries out orders, and remembers the ids of their workflows."""

    name: str
    workflow_ids: list[tuple[str, str]]
    """Of the order and its payment."""

    async def order(self) -> None:
        """One order, from its beginning to its end."""
        ...


class System:
    """Orders placed over HTTP; fulfilled when their workflow says so."""

    name = "orders over HTTP"

    def __init__(self, http: httpx.AsyncClient, client: Client, policy: OrderPolicy) -> None:
        """`http` knows the API's address, `client` speaks pydantic."""
        self.workflow_ids: list[tuple[str, str]] = []
        self.seconds_to_post: list[float] = []
        self._http = http
        self._client = client
        self._policy = policy

    async def prepare(self, stock: int) -> None:
        """Customers with a good card, and `stock` pieces of what they order."""
        for number in range(CUSTOMERS):
            order_id = f"bench-{number}"
            customer = {"id": order_id, "name": order_id, "email": f"{order_id}@example.com"}
            await self._call("POST", "/customers", customer)
            card = {"payment_method": "pm_card_visa"}
            await self._call("PUT", f"/customers/{order_id}/card", card)
        product = {"name": "Pond lily", "price": PRICE, "stock": stock}
        await self._call("PUT", f"/products/{SKU}", product)

    async def order(self) -> None:
        """Raises InvalidMeasurementError unless it is fulfilled."""
        request = {
            "customer_id": f"bench-{len(self.workflow_ids) % CUSTOMERS}",
            "lines": [{"sku": SKU, "quantity": 1}],
            "policy": self._policy,
        }
        started = time.perf_counter()
        answer = await self._call("POST", "/orders", request)
        self.seconds_to_post.append(time.perf_counter() - started)
        order_id = str(answer.json()["id"])
        self.workflow_ids.append((order_name(order_id), payment_name(order_id)))
        # Temporal tells as soon as it is so; asking the API again and again would cost CPU.
        workflow = self._client.get_workflow_handle(order_name(order_id), result_type=OrderResult)
        result = await workflow.result()
        if result.status is not OrderStatus.FULFILLED:
            message = f"order {order_id} is {result.status}: {result.reason}"
            raise InvalidMeasurementError(message)

    async def _call(self, method: str, path: str, body: object) -> httpx.Response:
        try:
            answer = await self._http.request(method, path, json=body)
        except httpx.TransportError as error:
            message = f"{method} {path} was not answered: {error!r}"
            raise InvalidMeasurementError(message) from error
        if not answer.is_success:
            message = f"{method} {path} answered {answer.status_code}: {answer.text}"
            raise InvalidMeasurementError(message)
        return answer


class Bare:
    """Bare workflows, started by the Temporal client."""

    def __init__(self, client: Client, *, mixed: bool) -> None:
        """With the real order's mix of local and regular activities, or with regular ones only."""
        self.name = "bare, as mixed" if mixed else "bare, all regular"
        self.workflow_ids: list[tuple[str, str]] = []
        self._client = client
        self._mixed = mixed

    async def order(self) -> None:
        """One bare order with its payment."""
        order_id = f"bare/{uuid.uuid4()}"
        self.workflow_ids.append((order_id, f"{order_id}/payment"))
        await self._client.execute_workflow(
            BareOrder.run, self._mixed, id=order_id, task_queue=TASK_QUEUE
        )


def sample(contender: Contender, size: int = 10) -> Sequence[tuple[str, str]]:
    """The workflows of some of its orders, spread evenly."""
    every = max(1, len(contender.workflow_ids) // size)
    return contender.workflow_ids[::every][:size]
