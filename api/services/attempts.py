"""Attempts of activities that are being retried; Temporal is the only source of them."""

import asyncio

from pydantic import BaseModel
from temporalio.client import Client

from api.infrastructure.temporal import LOOKUP_TIMEOUT, WorkflowNotFoundError, temporal_call
from workflows.names import order_workflow_id, payment_workflow_id, refund_workflow_id


class Attempt(BaseModel):
    """A running activity after its first attempt; `attempt` counts from 1."""

    activity: str
    attempt: int


class AttemptList(BaseModel):
    """The retried activities of an order, its payment and its refund.

    `charge_refused`: the card provider did not accept our request to charge, which is made again.
    """

    attempts: list[Attempt]
    charge_refused: bool


async def of_order(client: Client, order_id: str) -> list[Attempt]:
    """The retried activities; raises `DependencyUnavailableError`."""
    ids = (order_workflow_id(order_id), payment_workflow_id(order_id), refund_workflow_id(order_id))
    found = await asyncio.gather(*(_of_workflow(client, id) for id in ids))
    return [attempt for attempts in found for attempt in attempts]


async def _of_workflow(client: Client, workflow_id: str) -> list[Attempt]:
    try:
        async with temporal_call(LOOKUP_TIMEOUT):
            workflow = await client.get_workflow_handle(workflow_id).describe()
    except WorkflowNotFoundError:
        return []
    return [
        Attempt(activity=activity.activity_type.name, attempt=activity.attempt)
        for activity in workflow.raw_description.pending_activities
        if activity.attempt > 1
    ]
