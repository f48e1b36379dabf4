"""The bare workflow as a contender."""

import time
import uuid
from collections.abc import Sequence

from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client

from verification.bench.contenders.bare_workflow import TASK_QUEUE, BareOrder
from verification.bench.contenders.contender import some
from verification.bench.instruments import histories


class Bare:
    """Bare workflows, started by the Temporal client."""

    def __init__(self, client: Client, *, local: bool) -> None:
        """With `local` activities, or with regular ones."""
        self.name = "bare, local activities" if local else "bare, regular activities"
        self.seconds_to_start: list[float] = []
        self._workflow_ids: list[str] = []
        self._client = client
        self._local = local

    async def order(self) -> None:
        """Carries out one bare order with its payment."""
        order_id = f"bare/{uuid.uuid4()}"
        self._workflow_ids.append(order_id)
        started = time.perf_counter()
        workflow = await self._client.start_workflow(
            BareOrder.run, self._local, id=order_id, task_queue=TASK_QUEUE
        )
        self.seconds_to_start.append(time.perf_counter() - started)
        await workflow.result()

    async def histories(self) -> list[list[Sequence[HistoryEvent]]]:
        """Of some bare orders, each with its payment's."""
        return [
            await histories.read(self._client, (id, f"{id}/payment"))
            for id in some(self._workflow_ids)
        ]
