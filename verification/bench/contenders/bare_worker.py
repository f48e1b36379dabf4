"""`python -m verification.bench.contenders.bare_worker`: a minimal worker for the bare workflow."""

import asyncio
import os
import signal

from temporalio.client import Client
from temporalio.worker import PollerBehaviorAutoscaling, Worker

from verification.bench.contenders.bare_workflow import TASK_QUEUE, BareOrder, BarePayment, nothing


async def main() -> None:
    """Poll the server at TEMPORAL_ADDRESS like the real worker, until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    client = await Client.connect(os.environ["TEMPORAL_ADDRESS"])
    async with Worker(
        client,
        task_queue=TASK_QUEUE,
        workflows=[BareOrder, BarePayment],
        activities=[nothing],
        workflow_task_poller_behavior=PollerBehaviorAutoscaling(),
        activity_task_poller_behavior=PollerBehaviorAutoscaling(),
    ):
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(main())
