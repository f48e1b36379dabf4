"""What was ended by force can be reset, however early that was."""

from uuid import uuid4

from temporalio.client import WorkflowExecutionStatus

from tests.integration.workflows import operators
from tests.integration.workflows.harness import Harness


async def test_a_workflow_that_was_terminated_before_its_first_task_is_reset(
    harness: Harness,
) -> None:
    workflow = await harness.client.start_workflow(
        "OrderWorkflow", id=f"early/{uuid4()}", task_queue="served by none"
    )
    await workflow.terminate("somebody pressed the button")

    latest = await operators.reset(harness.client, workflow, 0)

    assert (await latest.describe()).status is WorkflowExecutionStatus.RUNNING
    await latest.terminate("the test is over")
