"""How often a step has been tried: only Temporal knows, as it leaves no event."""

import asyncio

from pydantic import BaseModel
from temporalio.client import Client

from api.infrastructure.temporal import LOOKING_PATIENCE, WorkflowGoneError, asking_temporal
from workflows.names import order_workflow_id, payment_workflow_id, refund_workflow_id


class Attempt(BaseModel):
    """An activity under way that did not succeed at once; `attempt` counts from 1."""

    activity: str
    attempt: int


class AttemptList(BaseModel):
    """Of an order and its payment, refund included; empty while everything goes well."""

    attempts: list[Attempt]


async def of_order(client: Client, order_id: str) -> list[Attempt]:
    """Raises `DependencyAwayError` if Temporal does not tell."""
    names = (
        order_workflow_id(order_id),
        payment_workflow_id(order_id),
        refund_workflow_id(order_id),
    )
    found = await asyncio.gather(*(_of_workflow(client, name) for name in names))
    return [attempt for attempts in found for attempt in attempts]


async def _of_workflow(client: Client, name: str) -> list[Attempt]:
    try:
        async with asking_temporal(LOOKING_PATIENCE):
            workflow = await client.get_workflow_handle(name).describe()
    except WorkflowGoneError:
        return []
    return [
        Attempt(activity=one.activity_type.name, attempt=one.attempt)
        for one in workflow.raw_description.pending_activities
        if one.attempt > 1
    ]
