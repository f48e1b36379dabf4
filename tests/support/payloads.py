"""Reads the payloads that Temporal stores of workflows, and decrypts them."""

from collections.abc import Iterator, Sequence

from google.protobuf.message import Message
from temporalio.api.common.v1 import Payload, SearchAttributes, WorkflowExecution
from temporalio.api.workflowservice.v1 import DescribeWorkflowExecutionRequest
from temporalio.client import Client

from dev.stack.stack import Stack
from security.payload_keys import PayloadKeys
from temporal.client import data_converter


async def temporal_of(stack: Stack, keys: str | None = None) -> Client:
    """A client of the stack's Temporal server that reads what its processes wrote there."""
    known = PayloadKeys.parse(stack.environment["PAYLOAD_KEYS"] if keys is None else keys)
    return await Client.connect(stack.temporal_address, data_converter=data_converter(known))


async def stored_messages(client: Client, workflow_id: str) -> list[Message]:
    """All events of the workflow and its description, as the server returns them."""
    history = await client.get_workflow_handle(workflow_id).fetch_history()
    description = await client.workflow_service.describe_workflow_execution(
        DescribeWorkflowExecutionRequest(
            namespace=client.namespace, execution=WorkflowExecution(workflow_id=workflow_id)
        )
    )
    return [*history.events, description]


def payloads_in(message: Message) -> Iterator[Payload]:
    """All payloads in the message, except search attributes, which are not encrypted."""
    for part in _parts(message):
        if isinstance(part, Payload):
            yield part
        elif not isinstance(part, SearchAttributes):
            yield from payloads_in(part)


def bytes_of(message: Message) -> bytes:
    """The message without its search attributes."""
    copy = type(message)()
    copy.CopyFrom(message)
    _clear_search_attributes(copy)
    return copy.SerializeToString()


async def plain_text(client: Client, messages: Sequence[Message]) -> str:
    """The payloads decrypted with the client's keys, one per line."""
    codec = client.data_converter.payload_codec
    assert codec is not None
    payloads = [payload for message in messages for payload in payloads_in(message)]
    decoded = await codec.decode(payloads)
    return "\n".join(payload.data.decode() for payload in decoded)


def _clear_search_attributes(message: Message) -> None:
    for part in _parts(message):
        if isinstance(part, SearchAttributes):
            part.Clear()
        else:
            _clear_search_attributes(part)


def _parts(message: Message) -> Iterator[Message]:
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        if field.message_type.GetOptions().map_entry:
            yield from (part for part in value.values() if isinstance(part, Message))
        elif isinstance(value, Message):
            yield value
        else:
            yield from value
