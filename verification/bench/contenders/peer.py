"""The Go application temporalio/reference-app-orders-go: the same business on the same server.

It has three HTTP services and their workers, no card provider, no mails and no encryption.
"""

import asyncio
import time
import uuid
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client

from dev.stack import Stack
from dev.temporal_server.ports import free_ports
from verification.bench.contenders.contender import SAMPLE, some
from verification.bench.errors import InvalidMeasurementError
from verification.bench.instruments import histories, processes

PROGRAM = "oms"
NAMESPACE = "peer"
"""One of its own: its task queues have the names of ours."""

SERVICES = ("billing", "order", "shipment", "fraud")
SKU = "Nike Air"
"""One that it has in stock."""

START_LIMIT = 60.0
"""Seconds until its API answers."""

POLL_SECONDS = 0.25
"""Between two attempts to report where a shipment is, which it knows only some time later."""


@dataclass(frozen=True)
class PeerProcesses:
    """Their process ids, and the URLs of the services."""

    api: int
    worker: int
    urls: dict[str, str]


@contextmanager
def running(folder: Path, stack: Stack) -> Generator[PeerProcesses]:
    """Run the program in `folder` on free ports until the block ends; its data are temporary.

    The namespace must be there.
    """
    program = str(folder.resolve() / PROGRAM)
    ports = dict(zip(SERVICES, free_ports(len(SERVICES)), strict=True))
    urls = {service: f"http://127.0.0.1:{port}" for service, port in ports.items()}
    environment = stack.client_environment | {
        "TEMPORAL_NAMESPACE": NAMESPACE,
        **{f"{service.upper()}_API_PORT": str(port) for service, port in ports.items()},
        **{f"{service.upper()}_API_URL": url for service, url in urls.items()},
    }
    data = stack.folder / "peer"
    data.mkdir()
    with ExitStack() as started:
        api, worker = (
            started.enter_context(
                processes.running(
                    [program, part], stack.logs / f"peer-{part}.log", environment, data
                )
            )
            for part in ("api", "worker")
        )
        yield PeerProcesses(api, worker, urls)


class Peer:
    """Its orders, placed over HTTP, dispatched and delivered by the benchmark."""

    name = "Go application"

    def __init__(self, http: httpx.AsyncClient, client: Client, urls: dict[str, str]) -> None:
        """`client` is one of its namespace."""
        self.seconds_to_start: list[float] = []
        self._order_ids: list[str] = []
        self._http = http
        self._client = client
        self._urls = urls

    async def until_ready(self) -> None:
        """Return once its API answers; raises InvalidMeasurementError if it does not."""
        try:
            async with asyncio.timeout(START_LIMIT):
                while not await self._answers():  # noqa: ASYNC110
                    await asyncio.sleep(POLL_SECONDS)
        except TimeoutError:
            message = f"{PROGRAM} api did not answer within {START_LIMIT:.0f} s; see peer-api.log"
            raise InvalidMeasurementError(message) from None

    async def order(self) -> None:
        """Raises InvalidMeasurementError unless the order is completed."""
        id = f"bench-{uuid.uuid4()}"
        self._order_ids.append(id)
        body = {"id": id, "customerId": "bench", "items": [{"sku": SKU, "quantity": 1}]}
        started = time.perf_counter()
        answer = await self._http.post(f"{self._urls['order']}/orders", json=body)
        self.seconds_to_start.append(time.perf_counter() - started)
        if answer.is_error:
            message = f"{PROGRAM} answers POST /orders with {answer.status_code}: {answer.text}"
            raise InvalidMeasurementError(message)
        for status in ("dispatched", "delivered"):
            while not await self._is_notified(id, status):  # noqa: ASYNC110
                await asyncio.sleep(POLL_SECONDS)
        result: dict[str, Any] = await self._client.get_workflow_handle(f"Order:{id}").result()
        if result["status"] != "completed":
            message = f"{PROGRAM}'s order {id} is {result['status']}"
            raise InvalidMeasurementError(message)

    async def histories(self) -> list[list[Sequence[HistoryEvent]]]:
        """Of some orders, each with its shipment's and with that of a charge, of any order."""
        charges = [
            charge.id
            async for charge in self._client.list_workflows("WorkflowType='Charge'", limit=SAMPLE)
        ]
        return [
            await histories.read(self._client, (f"Order:{id}", f"Shipment:{id}:1", charge))
            for id, charge in zip(some(self._order_ids), charges, strict=False)
        ]

    async def _answers(self) -> bool:
        try:
            return (await self._http.get(f"{self._urls['order']}/orders")).is_success
        except httpx.TransportError:
            return False

    async def _is_notified(self, order: str, status: str) -> bool:
        url = f"{self._urls['shipment']}/shipments/{order}:1/status"
        return (await self._http.post(url, json={"status": status})).is_success
