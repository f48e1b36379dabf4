"""Which histories are replayed: read page by page, and one at a time."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from temporalio.client import Client, WorkflowHistory
from temporalio.service import RPCError, RPCStatusCode

OPEN = "ExecutionStatus = 'Running'"
CLOSED = "ExecutionStatus != 'Running'"
PAGE_SIZE = 200


@dataclass(frozen=True)
class Selection:
    """All open executions of these workflow types, and of each the last `closed` ones."""

    types: Sequence[str]
    closed: int

    async def count_open(self, client: Client) -> int:
        """Number of open executions. Raises `RPCError`."""
        counts = [await client.count_workflows(_of(one, OPEN)) for one in self.types]
        return sum(count.count for count in counts)

    async def read(self, client: Client) -> AsyncIterator[WorkflowHistory]:
        """Their histories; without those deleted meanwhile. Raises `RPCError`."""
        for one in self.types:
            async for history in _histories(client, _of(one, OPEN), None):
                yield history
        for one in self.types if self.closed else ():
            async for history in _histories(client, _of(one, CLOSED), self.closed):
                yield history


def _of(workflow_type: str, status: str) -> str:
    return f"WorkflowType = '{workflow_type}' AND {status}"


async def _histories(
    client: Client, query: str, limit: int | None
) -> AsyncIterator[WorkflowHistory]:
    async for found in client.list_workflows(query, limit=limit, page_size=PAGE_SIZE):
        handle = client.get_workflow_handle(found.id, run_id=found.run_id)
        try:
            yield await handle.fetch_history()
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
