"""What Temporal keeps of customers is ciphertext, for who has no key."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import httpx
import pytest
from google.protobuf.json_format import MessageToDict, ParseDict
from google.protobuf.message import Message
from temporalio.api.common.v1 import Payload, Payloads, WorkflowExecution
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.api.query.v1 import WorkflowQuery
from temporalio.api.workflowservice.v1 import (
    DescribeWorkflowExecutionRequest,
    QueryWorkflowRequest,
)
from temporalio.client import Client

from dev.stack import Ports, Stack
from security.payload_codec import ENCODING, KEY_ID
from security.payload_keys import new_key
from tests.integration.diagrams.streams import assert_drawn
from tests.support.payloads import bytes_of, payloads_in, plain_text, stored_messages, temporal_of
from tests.support.processes import eventually
from tests.support.shop import TIMEOUT_SECONDS, Shop

pytestmark = pytest.mark.proof

PRICE = 7_654_321
SECRETS = (
    *(b"customer_id", b"lily-", b"Pond lily", b"pm_card_", b"7654321", b"76543.21"),
    b"Could not book shipment",  # a failure's message
)
"""What was bought, how it is paid, what it costs, what went wrong. Customers' ids are no secret:
workflows are found by them.
"""

EVERY_KIND = {
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED,
    EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED,
    EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED,
    EventType.EVENT_TYPE_ACTIVITY_TASK_STARTED,  # after a failure, says what it was
    EventType.EVENT_TYPE_MARKER_RECORDED,
    EventType.EVENT_TYPE_TIMER_STARTED,
    EventType.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED,
    EventType.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_COMPLETED,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_COMPLETED,
}
"""Events that may carry something of a customer's; the stories below have all of them."""


def leaks(messages: Sequence[Message]) -> list[str]:
    """Payloads that are not encrypted, and secrets that are anywhere in it all."""
    plain = [
        f"{payload.metadata['encoding'].decode()}: {payload.data.decode(errors='replace')}"
        for message in messages
        for payload in payloads_in(message)
        if payload.metadata["encoding"] != ENCODING and payload not in _of_the_sdk(message)
    ]
    found = [
        f"{secret.decode()} in {type(message).__name__}"
        for message in messages
        for secret in SECRETS
        if secret in bytes_of(message)
    ]
    return plain + found


def _of_the_sdk(message: Message) -> Sequence[Payload]:
    """When and how often a local activity was tried, and the names of patches."""
    if not isinstance(message, HistoryEvent):
        return []
    said = message.marker_recorded_event_attributes.details
    return [one for name in ("data", "patch-data") if name in said for one in said[name].payloads]


def decoded_by(codec_url: str, messages: Sequence[Message]) -> str:
    """What the codec server makes of all payloads in it."""
    payloads = [payload for message in messages for payload in payloads_in(message)]
    answer = httpx.post(
        f"{codec_url}/decode",
        json=MessageToDict(Payloads(payloads=payloads)),
        headers={"X-Namespace": "default"},
        timeout=120,
        trust_env=False,
    )
    assert answer.status_code == 200, answer.text
    readable = ParseDict(answer.json(), Payloads()).payloads
    return "\n".join(payload.data.decode() for payload in readable)


async def everything_of(temporal: Client, *orders: str, customer: str) -> list[Message]:
    """What the server has of the orders, of their payments and refunds, and of the customer."""
    ids = {f"{kind}/{order}" for order in orders for kind in ("order", "payment")}
    query = f"CustomerId = '{customer}'"
    found: set[str] = set()
    while not ids <= found:  # visibility is written a moment after the workflow's history
        found = {one.id async for one in temporal.list_workflows(query)}
    return [message for id in sorted(found) for message in await stored_messages(temporal, id)]


def waiting_order(shop: Shop, customer: str, sku: str) -> str:
    """An order whose payment waits for another card."""
    order = shop.order(customer, sku)
    shop.await_payment(order, "awaiting_card")
    return order


async def test_temporal_can_read_nothing_of_a_customer(shop: Shop, stack: Stack) -> None:
    temporal = await temporal_of(stack)
    customer = shop.customer("pm_card_chargeDeclined")
    sku = shop.product(price=PRICE, stock=2)
    order = waiting_order(shop, customer, sku)
    shop.carrier.fault("down")  # until an attempt failed
    shop.update_customers_card(customer, "pm_card_visa")
    shop.await_order(order, "shipping")
    description = await _with_a_failed_attempt(temporal, f"order/{order}")
    shop.carrier.clear_faults()
    shop.await_order(order, "fulfilled")
    rich = shop.customer("pm_card_chargeDeclined")
    canceled = waiting_order(shop, rich, sku)
    shop.post(f"/orders/{canceled}/cancel")
    shop.await_order(canceled, "not_fulfilled")

    messages = [
        description,
        await _metadata(temporal, f"payment/{order}"),
        *await everything_of(temporal, order, customer=customer),
        *await everything_of(temporal, canceled, customer=rich),
    ]

    kinds = {message.event_type for message in messages if isinstance(message, HistoryEvent)}
    assert [EventType.Name(kind) for kind in EVERY_KIND - kinds] == []
    assert leaks(messages) == []
    files = list(stack.folder.glob("temporal.db*"))
    assert [file.name for file in files if sku.encode() in file.read_bytes()] == []
    assert any(order.encode() in file.read_bytes() for file in files)
    for text in (decoded_by(stack.codec_url, messages), await plain_text(temporal, messages)):
        for secret in SECRETS:
            assert secret.decode() in text
    summaries = [m.user_metadata for m in messages if isinstance(m, HistoryEvent)]
    assert f"Order of customer {customer}, charge_first" in decoded_by(stack.codec_url, summaries)


def test_the_web_ui_knows_who_decrypts(stack: Stack) -> None:
    settings = httpx.get(f"{stack.ui_url}/api/v1/settings", trust_env=False, timeout=60).json()
    assert settings["Codec"]["Endpoint"] == stack.codec_url
    preflight = httpx.options(
        f"{stack.codec_url}/decode",
        headers={
            "Origin": stack.ui_url,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type,x-namespace",
        },
        timeout=60,
        trust_env=False,
    )
    assert preflight.headers["Access-Control-Allow-Origin"] == stack.ui_url


@pytest.fixture
def installations(tmp_path: Path) -> Iterator["Installations"]:
    """One installation that is stopped and started again with other keys."""
    installations = Installations(tmp_path)
    yield installations
    installations.end()


class Installations:
    """Of one folder and one set of ports, one after the other."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ports = Ports.free()
        self._shop: Shop | None = None

    def begin(self, *keys: str) -> Shop:
        """The next one."""
        self.end()
        quick = {"RETRY_FIRST": "PT0.2S", "RETRY_LONGEST": "PT1S", "PAYLOAD_KEYS": ",".join(keys)}
        quick["PAYLOADS_ACCEPTED"] = "any"  # the first order begins without a key
        self._shop = Shop(Stack(self._folder, self._ports, quick))
        self._shop.stack.launch()
        self._shop.stack.wait_until_ready()
        return self._shop

    def end(self) -> None:
        """Stops the one that runs."""
        if self._shop:
            self._shop.http.close()
            self._shop.stack.shut_down()
            assert_drawn(self._shop.stack.environment["DATABASE_URL"])


@pytest.mark.timeout(900)  # it starts everything four times
async def test_keys_come_and_go_while_orders_are_under_way(installations: Installations) -> None:
    first, second = new_key("first"), new_key("second")

    shop = installations.begin()  # without a key
    customer = shop.customer("pm_card_chargeDeclined")
    sku = shop.product(price=PRICE, stock=9)
    plain = waiting_order(shop, customer, sku)
    temporal = await temporal_of(shop.stack, "")
    # What would be seen if nothing were encrypted: the search for it finds something.
    found = "\n".join(leaks(await everything_of(temporal, plain, customer=customer)))
    for secret in (b"customer_id", b"lily-", b"7654321"):
        assert secret.decode() in found

    shop = installations.begin(first)
    of_first = shop.customer("pm_card_chargeDeclined")
    older = waiting_order(shop, of_first, sku)

    shop = installations.begin(second)  # and the first is forgotten
    shop.put(f"/payments/{older}/card", payment_method="pm_card_visa")
    eventually(
        lambda: "encrypted with the key 'first'" in shop.stack.log("worker"),
        "the worker names the key",
        TIMEOUT_SECONDS,
    )
    assert first.partition(":")[2] not in shop.stack.log("worker")
    assert shop.see_payment(older)["status"] == "awaiting_card"

    shop = installations.begin(second, first)
    shop.await_order(older, "fulfilled")
    shop.update_customers_card(customer, "pm_card_visa")
    shop.await_order(plain, "fulfilled")
    temporal = await temporal_of(shop.stack)
    messages = await everything_of(temporal, older, customer=of_first)
    assert leaks(messages) == []
    used = {p.metadata.get(KEY_ID) for m in messages for p in payloads_in(m)}
    assert used >= {b"first", b"second"}
    for order, whose in ((older, of_first), (plain, customer)):
        messages = await everything_of(temporal, order, customer=whose)
        assert f'"{sku}"' in decoded_by(shop.stack.codec_url, messages)


async def _with_a_failed_attempt(temporal: Client, workflow_id: str) -> Message:
    request = DescribeWorkflowExecutionRequest(
        namespace=temporal.namespace, execution=WorkflowExecution(workflow_id=workflow_id)
    )
    while True:
        description = await temporal.workflow_service.describe_workflow_execution(request)
        if any(one.HasField("last_failure") for one in description.pending_activities):
            return description


async def _metadata(temporal: Client, workflow_id: str) -> Message:
    """The answer to a query, as the server passes it on: what the workflow says it is doing."""
    return await temporal.workflow_service.query_workflow(
        QueryWorkflowRequest(
            namespace=temporal.namespace,
            execution=WorkflowExecution(workflow_id=workflow_id),
            query=WorkflowQuery(query_type="__temporal_workflow_metadata"),
        )
    )
