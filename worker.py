"""The worker: carries out workflows and activities of the bounded contexts it serves.

`python worker.py` serves all of them; `--queues payments` only that one.
"""

import argparse
import asyncio
import logging
import os
import signal
from collections.abc import Awaitable, Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import timedelta
from typing import Any, TypeVar

from sqlalchemy.exc import SQLAlchemyError
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client
from temporalio.runtime import Runtime
from temporalio.service import RPCError
from temporalio.worker import PollerBehaviorAutoscaling, Worker

from activities.accounts import AccountActivities
from activities.charges import ChargeActivities
from activities.customer_cards import CustomerCardActivities
from activities.error_logs import install_filter, summarize
from activities.inventory import InventoryActivities
from activities.joined_workflows import JoinedWorkflowActivities
from activities.open_charges import OpenChargeActivities
from activities.orders import OrderActivities
from activities.payments import PaymentActivities
from activities.refunds import RefundActivities
from activities.shipment import ShipmentActivities
from config import Settings, read_settings
from config.arguments import some_of
from domain.declines import RETRY_LIMITS, Limits
from gateways.cards import CardProvider
from gateways.carrier import Carrier, HttpCarrier
from gateways.stripe_cards import StripeCards
from storage.database import Database
from storage.migrate import SchemaError
from storage.startup import check_or_exit, require_folder
from temporal.client import check_settings, connect
from temporal.deployments import deployment_version
from temporal.runtime import own_runtime
from temporal.sandbox import PINNING_SANDBOX, SANDBOX
from temporal.signal_guard import SignalGuard
from temporal.step_pause import slow_motion
from workflows.card_update import CardUpdateWorkflow
from workflows.names import TaskQueue
from workflows.order import OrderWorkflow
from workflows.payment import PaymentWorkflow
from workflows.refund import RefundWorkflow

log = logging.getLogger("worker")
Reached = TypeVar("Reached")

RETRY_SECONDS = 1.0
"""Between two attempts to reach a database or a Temporal server that is not available yet."""

WATCH_SECONDS = 5.0
"""Between two probes whether Temporal is available, which the SDK does not report."""

PROBE_TIMEOUT = timedelta(seconds=5)
"""For the answer to such a probe."""

SETTLING_TIME = timedelta(seconds=5)
"""For handing back to Temporal what did not end while draining."""


class Contexts:
    """What each bounded context's worker carries out, its dependencies given to it."""

    def __init__(
        self,
        database: Database,
        cards: CardProvider,
        carrier: Carrier,
        search_lag: timedelta,
        retry_limits: Limits = RETRY_LIMITS,
    ) -> None:
        """`search_lag` is how far the card provider's search may be behind."""
        payment = PaymentActivities(database, cards)
        account = AccountActivities(database)
        charge = ChargeActivities(database, cards, search_lag, retry_limits)
        open_charge = OpenChargeActivities(database, cards)
        refund = RefundActivities(database, cards)
        customer_card = CustomerCardActivities(database, cards)
        order = OrderActivities(database)
        inventory = InventoryActivities(database)
        shipment = ShipmentActivities(database, carrier)
        self.workflows: dict[TaskQueue, list[type]] = {
            TaskQueue.ORDERS: [OrderWorkflow],
            TaskQueue.PAYMENTS: [PaymentWorkflow, RefundWorkflow, CardUpdateWorkflow],
            TaskQueue.FULFILLMENT: [],
        }
        self.activities: dict[TaskQueue, list[Callable[..., Any]]] = {
            TaskQueue.ORDERS: [
                order.place_order,
                order.mark_payment_received,
                order.mark_payment_canceled,
                order.mark_order_canceling,
                order.mark_order_fulfilled,
                order.mark_order_not_fulfilled,
                JoinedWorkflowActivities().look_up_end,
            ],
            TaskQueue.PAYMENTS: [
                payment.request_payment,
                payment.record_card_update,
                payment.remind_customer,
                payment.receive_payment,
                payment.cancel_payment,
                payment.begin_refund,
                account.withdraw_amount,
                account.credit_amount,
                charge.charge_card,
                open_charge.settle_charge,
                refund.begin_partial_refund,
                refund.refund_card,
                refund.settle_refund,
                customer_card.register_card,
                customer_card.find_open_payments,
                customer_card.keep_former_card,
            ],
            TaskQueue.FULFILLMENT: [
                inventory.fetch_goods,
                inventory.return_goods,
                shipment.ship_goods,
                shipment.recall_shipment,
            ],
        }


async def serve(settings: Settings, queues: Sequence[TaskQueue], stop: asyncio.Event) -> bool:
    """Carry out what is in the queues until `stop`; then what is under way gets time to end.

    Returns whether all of it did: if not, threads of ours are still blocked in it.
    """
    place = (url := settings.database_url, settings.currency)
    await _until_there("the database", lambda: asyncio.to_thread(check_or_exit, *place), stop)
    runtime = own_runtime(settings.metrics_address)
    client = await _until_there("Temporal", lambda: _reach_temporal(settings, runtime), stop)
    if client is None:
        return True
    with closing(Database(url, settings.database_connections)) as database, ExitStack() as threads:
        # Test cards have the same number for everybody, and no network is asked about them.
        retry_limits: Limits = RETRY_LIMITS if settings.is_live else {}
        contexts = Contexts(database, *_outside(settings), settings.card_search_lag, retry_limits)
        workers = [
            worker_for(client, queue, contexts, threads.enter_context(_threads(settings)), settings)
            for queue in queues
        ]
        log.info("serving %s", ", ".join(queues))
        patience = timedelta(seconds=settings.drain_seconds) + SETTLING_TIME
        watching = asyncio.create_task(_watch(client))
        try:
            return await _run(workers, stop, patience)
        finally:
            watching.cancel()
            await asyncio.wait([watching])


async def _watch(client: Client) -> None:
    """Log when Temporal becomes unavailable and available again, once each; until cancelled."""
    request, is_unavailable = DescribeNamespaceRequest(namespace=client.namespace), False
    while True:
        try:
            await client.workflow_service.describe_namespace(
                request, retry=False, timeout=PROBE_TIMEOUT
            )
        except RPCError as error:
            if not is_unavailable:
                log.warning("Temporal is unavailable: %s", summarize(error))
            is_unavailable = True
        else:
            if is_unavailable:
                log.info("Temporal is available again")
            is_unavailable = False
        await asyncio.sleep(WATCH_SECONDS)


async def _reach_temporal(settings: Settings, runtime: Runtime) -> Client:
    """Raises `RPCError` too while the namespace is not registered yet."""
    client = await connect(settings.payload_keys, settings.payloads_accepted, runtime=runtime)
    request = DescribeNamespaceRequest(namespace=client.namespace)
    await client.workflow_service.describe_namespace(request)
    return client


async def _run(workers: Sequence[Worker], stop: asyncio.Event, patience: timedelta) -> bool:
    """Run them until `stop`, or until one fails; whether all have ended within `patience` then.

    Raises what a worker died of.
    """
    runs = [asyncio.create_task(worker.run()) for worker in workers]
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait([stopping, *runs], return_when=asyncio.FIRST_COMPLETED)
    log.info("draining")
    # All at once, or each would begin to drain only after the one before.
    shutdowns = [asyncio.create_task(worker.shutdown()) for worker in workers]
    ended, blocked = await asyncio.wait(runs, timeout=patience.total_seconds())
    for task in (stopping, *shutdowns):
        task.cancel()
    for run in ended:
        run.result()
    return not blocked


@contextmanager
def _threads(settings: Settings) -> Generator[ThreadPoolExecutor]:
    """Threads for a worker's activities, which are left behind if they are blocked at the end.

    Enough for the local ones even while all others wait for a card provider that is slow.
    """
    executor = ThreadPoolExecutor(2 * settings.max_concurrent_activities)
    try:
        yield executor
    finally:
        executor.shutdown(wait=False, cancel_futures=True)


def worker_for(
    client: Client,
    queue: TaskQueue,
    contexts: Contexts,
    executor: ThreadPoolExecutor,
    settings: Settings,
) -> Worker:
    """A worker for one bounded context."""
    return Worker(
        client,
        task_queue=queue,
        workflows=contexts.workflows[queue],
        activities=contexts.activities[queue],
        activity_executor=executor,
        workflow_runner=PINNING_SANDBOX if settings.build_id else SANDBOX,
        interceptors=[SignalGuard(), *slow_motion(settings.step_pause_seconds)],
        max_concurrent_activities=settings.max_concurrent_activities,
        max_concurrent_local_activities=settings.max_concurrent_activities,
        workflow_task_poller_behavior=PollerBehaviorAutoscaling(),
        activity_task_poller_behavior=PollerBehaviorAutoscaling(),
        graceful_shutdown_timeout=timedelta(seconds=settings.drain_seconds),
        deployment_config=deployment_version(queue, settings.build_id),
    )


def _outside(settings: Settings) -> tuple[CardProvider, Carrier]:
    timeout = settings.outside_timeout_seconds
    key = settings.stripe_api_key.get_secret_value()
    return (
        StripeCards(key, settings.stripe_api_base, timeout),
        HttpCarrier(settings.carrier_url, timeout),
    )


async def _until_there(
    what: str, reach: Callable[[], Awaitable[Reached]], stop: asyncio.Event
) -> Reached | None:
    """The result of `reach` once it no longer raises; None if `stop` is set before that."""
    logged: set[bool] = set()
    while not stop.is_set():
        try:
            return await reach()
        except (SQLAlchemyError, RuntimeError, RPCError) as error:
            if (is_of_schema := isinstance(error, SchemaError)) not in logged:
                log.warning("waiting for %s: %s", what, summarize(error))
                logged.add(is_of_schema)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), RETRY_SECONDS)
    return None


async def main(queues: Sequence[TaskQueue]) -> bool:
    """`serve` until SIGTERM or SIGINT."""
    install_filter()
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    settings = read_settings()
    check_settings()
    require_folder(settings.database_url)
    return await serve(settings, queues, stop)


def run(queues: Sequence[TaskQueue]) -> None:
    """Run `main` as a process, which ends even if some of its threads do not."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    if not asyncio.run(main(queues)):
        log.warning("leaving activities that do not end; Temporal retries them")
        logging.shutdown()
        # Python would wait for their threads, without a limit.
        os._exit(0)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    contexts = f"bounded contexts to serve, separated by commas (default: {','.join(TaskQueue)})"
    parser.add_argument("--queues", type=some_of(TaskQueue), default=[*TaskQueue], help=contexts)
    run(parser.parse_args().queues)
