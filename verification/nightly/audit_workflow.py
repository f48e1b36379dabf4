"""The workflow of one audit, and its verdict."""

from datetime import timedelta

from pydantic import BaseModel
from temporalio import workflow
from temporalio.common import RetryPolicy

QUEUE = "audit"
"""The task queue, which only `python -m verification.nightly` serves."""

AUDIT = "audit"
"""The name of the activity."""

LONGEST_RUN = timedelta(hours=2)
HEARTBEAT_TIMEOUT = timedelta(minutes=2)
ATTEMPTS = 5
"""Of one night; then the workflow fails, and the verdict stays the one of the night before."""


class AuditVerdict(BaseModel):
    """How many violations an audit found, and how many findings did not settle.

    `completed_at` is Unix time in seconds; `findings` are the first lines of what it printed.
    """

    violations: int
    unsettled: int
    summary: str
    findings: list[str]
    completed_at: float


@workflow.defn
class AuditWorkflow:
    """Audits all orders and payments once."""

    @workflow.run
    async def run(self) -> AuditVerdict:
        """The verdict. Fails if a source could not be read in any attempt."""
        return await workflow.execute_activity(
            AUDIT,
            result_type=AuditVerdict,
            start_to_close_timeout=LONGEST_RUN,
            heartbeat_timeout=HEARTBEAT_TIMEOUT,
            retry_policy=RetryPolicy(
                initial_interval=timedelta(minutes=1),
                maximum_interval=timedelta(minutes=15),
                maximum_attempts=ATTEMPTS,
            ),
        )
