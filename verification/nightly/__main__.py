"""`python -m verification.nightly`: audits every night, until SIGTERM.

Keeps a Schedule of Temporal, carries out the audits that it starts, logs what they find, and serves
their verdict as Prometheus metrics at METRICS_ADDRESS. The settings are those of the processes; see
`config`.
"""

import argparse
import asyncio
import logging
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta

from temporalio.client import Client
from temporalio.runtime import Runtime
from temporalio.service import RPCError
from temporalio.worker import Worker

from config import Settings, read_settings
from config.arguments import http_url, whole_number
from temporal.client import check_settings, connect
from temporal.runtime import own_runtime
from temporal.sandbox import SANDBOX
from verification.nightly.audit_activity import AuditActivities, VerdictMetrics
from verification.nightly.audit_workflow import QUEUE, AuditWorkflow
from verification.nightly.schedule import SCHEDULE, NoSchedulesError, keep_schedule, last_verdict

log = logging.getLogger("audit")

HOUR = 3
MAILBOX_PORT = 8104
RETRY_SECONDS = 1.0
"""Between two attempts to reach Temporal."""

GRACE = timedelta(seconds=5)
"""For an audit that is under way when this process stops; the next process begins it again."""


async def serve(settings: Settings, hour: int, command: Sequence[str], stop: asyncio.Event) -> None:
    """Keep the Schedule and carry out audits by running the `command`, until `stop`."""
    runtime = own_runtime(settings.metrics_address)
    metrics = VerdictMetrics(runtime.metric_meter)
    client = await _reach_temporal(settings, runtime, hour, metrics, stop)
    if client is None:
        return
    worker = Worker(
        client,
        task_queue=QUEUE,
        workflows=[AuditWorkflow],
        activities=[AuditActivities(command, metrics).audit],
        workflow_runner=SANDBOX,
        max_concurrent_activities=1,
        graceful_shutdown_timeout=GRACE,
    )
    async with worker:
        await stop.wait()


async def _reach_temporal(
    settings: Settings, runtime: Runtime, hour: int, metrics: VerdictMetrics, stop: asyncio.Event
) -> Client | None:
    """A client, once the Schedule and the last verdict are there; None if `stop` is set before."""
    is_logged = False
    while not stop.is_set():
        try:
            keys = settings.payload_keys
            client = await connect(keys, settings.payloads_accepted, runtime=runtime)
            await _keep_schedule(client, hour)
            if verdict := await last_verdict(client):
                metrics.show(verdict)
        except (RuntimeError, RPCError) as error:
            if not is_logged:
                log.warning("waiting for Temporal: %s", error)
                is_logged = True
        else:
            return client
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), RETRY_SECONDS)
    return None


async def _keep_schedule(client: Client, hour: int) -> None:
    try:
        await keep_schedule(client, hour)
    except NoSchedulesError as error:
        log.warning("Temporal has no Schedules (%s): start %s otherwise", error, SCHEDULE)
    else:
        log.info("the Schedule %s audits every day at %02d:00 UTC", SCHEDULE, hour)


async def main(hour: int, mailbox: str) -> None:
    """`serve` until SIGTERM or SIGINT."""
    settings = read_settings()
    check_settings()
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    command = (sys.executable, "-m", "verification.audit", "--mailbox", mailbox)
    await serve(settings, hour, command, stop)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m verification.nightly")
    parser.add_argument(
        "--hour",
        type=whole_number(0, 23),
        default=HOUR,
        help="hour of the day, UTC, at which it begins (default: %(default)s)",
    )
    parser.add_argument(
        "--mailbox",
        type=http_url,
        default=f"http://127.0.0.1:{os.environ.get('MAILBOX_PORT', MAILBOX_PORT)}",
        help="URL of the mailbox (default: %(default)s)",
    )
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    asyncio.run(main(arguments.hour, arguments.mailbox))
