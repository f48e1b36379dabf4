"""Makes a server ready for this project: its namespace and search attributes, over gRPC. Safe to
repeat.
"""

import asyncio
from collections.abc import Iterable
from datetime import timedelta

from google.protobuf.duration_pb2 import Duration
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.namespace.v1 import NamespaceConfig
from temporalio.api.operatorservice.v1 import (
    AddSearchAttributesRequest,
    ListSearchAttributesRequest,
)
from temporalio.api.workflowservice.v1 import (
    DescribeNamespaceRequest,
    RegisterNamespaceRequest,
    UpdateNamespaceRequest,
)
from temporalio.client import Client
from temporalio.envconfig import ClientConfig
from temporalio.service import RPCError, RPCStatusCode

from temporal.errors import ServerUnavailableError
from temporal.runtime import own_runtime

# How long closed workflows can still be looked at, by people and by the audit after a restore.
RETENTION = timedelta(days=7)
SEARCH_ATTRIBUTES = {
    "CustomerId": IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
    "OrderStatus": IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
    "PaymentStatus": IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
    "AwaitingCard": IndexedValueType.INDEXED_VALUE_TYPE_BOOL,
    "PaymentDeadline": IndexedValueType.INDEXED_VALUE_TYPE_DATETIME,
}
# Seconds between two looks at something that announces nothing.
POLL_INTERVAL = 0.1


class RetentionTooShortError(Exception):
    """The namespace existed already, and forgets closed workflows too early."""

    def __init__(self, namespace: str, kept: timedelta) -> None:
        """The namespace's name, and how long it keeps closed workflows."""
        hours, needed = (time // timedelta(hours=1) for time in (kept, RETENTION))
        super().__init__(
            f"The namespace {namespace} keeps closed workflows for {hours} hours, and {needed} are "
            "needed: run `python -m deploy.register --extend-retention`."
        )


async def connect(address: str, limit: float) -> Client:
    """A client of the server at `address`, as soon as it answers; the rest of its settings come
    from TEMPORAL_*.

    Raises ServerUnavailableError if it doesn't within `limit` seconds.
    """
    settings = ClientConfig.load_client_connect_config(disable_file=True)
    settings["target_host"] = address
    runtime = own_runtime()
    try:
        async with asyncio.timeout(limit):
            while True:
                try:
                    return await Client.connect(**settings, runtime=runtime)
                except RuntimeError:  # what the SDK raises without an answer
                    await asyncio.sleep(POLL_INTERVAL)
    except TimeoutError:
        raise ServerUnavailableError(
            f"No Temporal server answered at {address} for {limit:.0f} seconds."
        ) from None


async def register(client: Client) -> None:
    """Registers what is missing and returns once workflows can be started and searched for."""
    await _register_namespace(client)
    await _register_search_attributes(client)
    await _until_searchable(client)


async def require_retention(client: Client) -> None:
    """Raises RetentionTooShortError if the namespace keeps closed workflows for less than
    RETENTION.
    """
    found = await client.workflow_service.describe_namespace(
        DescribeNamespaceRequest(namespace=client.namespace)
    )
    kept = found.config.workflow_execution_retention_ttl.ToTimedelta()
    if kept < RETENTION:
        raise RetentionTooShortError(client.namespace, kept)


async def extend_retention(client: Client) -> None:
    """Has the namespace keep closed workflows for RETENTION; a longer time is left as it is."""
    try:
        await require_retention(client)
    except RetentionTooShortError:
        await client.workflow_service.update_namespace(
            UpdateNamespaceRequest(
                namespace=client.namespace,
                config=NamespaceConfig(workflow_execution_retention_ttl=_duration(RETENTION)),
            )
        )


def _duration(time: timedelta) -> Duration:
    return Duration(seconds=int(time.total_seconds()))


async def _register_namespace(client: Client) -> None:
    request = RegisterNamespaceRequest(
        namespace=client.namespace,
        workflow_execution_retention_period=_duration(RETENTION),
    )
    try:
        await client.workflow_service.register_namespace(request)
    except RPCError as error:
        if error.status is not RPCStatusCode.ALREADY_EXISTS:
            raise


async def _register_search_attributes(client: Client) -> None:
    while True:
        try:
            there = await client.operator_service.list_search_attributes(
                ListSearchAttributesRequest(namespace=client.namespace)
            )
            missing = {
                name: kind
                for name, kind in SEARCH_ATTRIBUTES.items()
                if name not in there.custom_attributes
            }
            if missing:
                await client.operator_service.add_search_attributes(
                    AddSearchAttributesRequest(
                        namespace=client.namespace, search_attributes=missing
                    )
                )
        except RPCError as error:
            # A namespace registered a moment ago is not known to every part of the server yet.
            if error.status not in (RPCStatusCode.NOT_FOUND, RPCStatusCode.UNAVAILABLE):
                raise
            await asyncio.sleep(POLL_INTERVAL)
        else:
            return


async def _until_searchable(client: Client) -> None:
    while not await uses_search_attributes(client, SEARCH_ATTRIBUTES):  # noqa: ASYNC110
        await asyncio.sleep(POLL_INTERVAL)


async def uses_search_attributes(client: Client, names: Iterable[str]) -> bool:
    """False for the moment that a server needs until it uses the namespace's new ones.

    Raises `RPCError` if it can't be asked.
    """
    try:
        await client.count_workflows(" AND ".join(f"{name} IS NULL" for name in names))
    except RPCError as error:
        if error.status is not RPCStatusCode.INVALID_ARGUMENT:
            raise
        return False
    return True
