"""Card numbers sent everywhere, on the real stack: found in no log, database, history or mail."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from itertools import chain
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client

from tests.integration.api.matrix import Endpoint, endpoints
from tests.support.payloads import plain_text, stored_messages, temporal_of
from tests.support.shop import Shop
from tests.support.token_stack import TokenStack
from tests.verification.canaries.events import events
from tests.verification.canaries.messages import Sent, Start, messages
from tests.verification.canaries.numbers import found_in
from tests.verification.canaries.requests import requests
from tests.verification.fuzz.fixture import HOLDER, NO_LIMITS, OPERATOR, Fixture
from worker import Contexts

pytestmark = [pytest.mark.proof, pytest.mark.timeout(1800)]

TIMEOUT_SECONDS = 300.0

INPUT_EVENTS = {
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED,
}
"""Where Temporal keeps what it was sent, before anybody has looked at it."""

LOOKED_AT = {
    EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED,
    EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED,
    EventType.EVENT_TYPE_MARKER_RECORDED,
}


@asynccontextmanager
async def staged(folder: Path, worker: str = "worker.py") -> AsyncGenerator[Fixture]:
    """A stack that requires tokens, in which something has happened."""
    with TokenStack(folder / "stack", NO_LIMITS, worker) as stack:
        yield Fixture.create(stack, folder)


async def test_no_request_leaves_a_card_number_behind(tmp_path: Path) -> None:
    async with staged(tmp_path) as fixture:
        assert push_requests(fixture) == []
        assert in_files(fixture) == []
        assert await in_temporal(fixture, with_inputs=True) == []
        # The search finds what is there.
        assert any(b"kermit@x.org" in file.read_bytes() for file in files(fixture))


async def test_no_message_past_the_api_leaves_one_where_it_can_be_read(tmp_path: Path) -> None:
    """Temporal keeps what it was sent, encrypted; everything else has nothing of it."""
    async with staged(tmp_path) as fixture:
        await push_messages(fixture)
        assert in_files(fixture) == []
        assert await in_temporal(fixture, with_inputs=False) == []
        assert await in_temporal(fixture, with_inputs=True)


async def test_a_worker_that_writes_them_down_is_found(tmp_path: Path) -> None:
    worker = (
        "-m tests.verification.bugs.worker tests.verification.bugs.leaks:tokens_are_not_looked_at"
    )
    async with staged(tmp_path, worker) as fixture:
        await push_messages(fixture)
        assert in_files(fixture)


def push_requests(fixture: Fixture) -> list[str]:
    """What the answers have of canaries, and which requests were not refused."""
    leaks: list[str] = []
    with httpx.Client(base_url=fixture.stack.api_url, timeout=60, trust_env=False) as http:
        document = http.get("/openapi.json").json()
        everywhere = requests(document, list(endpoints(document)), fixture.ids[-1], forms=2)
        secret = fixture.stack.environment["STRIPE_WEBHOOK_SECRETS"]
        [charge] = Shop(fixture.stack).charges(fixture.ids[0])
        for one in chain(everywhere, events(charge["id"], secret, forms=2)):
            headers = one.headers | _bearer(fixture, one.endpoint)
            answer = http.request(
                one.endpoint.method,
                one.url,
                params=one.params,
                headers=headers,
                json=one.json,
                content=one.content,
            )
            leaks += found_in(answer.text, str(answer.headers))
            if not one.is_answered_well(answer):
                leaks.append(f"{one}: {answer.status_code}")
    return leaks


def _bearer(fixture: Fixture, endpoint: Endpoint) -> dict[str, str]:
    who = HOLDER if endpoint.linked else OPERATOR
    return {"Authorization": f"Bearer {fixture.bearers[who]}"}


async def push_messages(fixture: Fixture) -> None:
    """Start, signal, update and query every workflow, and wait until all that was looked at."""
    client = await temporal_of(fixture.stack)
    nothing = cast("Any", None)
    running = {
        "OrderWorkflow": f"order/{fixture.ids[-2]}",
        "PaymentWorkflow": f"payment/{fixture.ids[-1]}",
    }
    started: list[str] = []
    for number, one in enumerate(messages(Contexts(nothing, nothing, nothing, timedelta(0)))):
        if isinstance(one, Start):
            id = f"canary-{number}"
            await client.start_workflow(one.workflow, one.input, id=id, task_queue=one.queue)
            started.append(id)
            running.setdefault(one.workflow, id)
        else:
            await _send(client, running[one.workflow], one)
    async with asyncio.timeout(TIMEOUT_SECONDS):
        for id in started:
            while not await _looked_at(client, id):  # noqa: ASYNC110  the server tells nobody
                await asyncio.sleep(0.2)
        payment = client.get_workflow_handle(f"payment/{fixture.ids[-1]}")
        await payment.signal("card_details_updated", {"payment_method": "pm_card_visa"})
        await payment.result()


async def _send(client: Client, id: str, one: Sent) -> None:
    workflow = client.get_workflow_handle(id)
    ask = {"signal": workflow.signal, "update": workflow.execute_update, "query": workflow.query}
    # What comes of it is another test's business.
    with suppress(Exception):
        await ask[one.kind](one.name, one.argument, rpc_timeout=timedelta(seconds=5))


async def _looked_at(client: Client, id: str) -> bool:
    history = await client.get_workflow_handle(id).fetch_history()
    return any(event.event_type in LOOKED_AT for event in history.events)


def files(fixture: Fixture) -> list[Path]:
    """Everything that the processes write: logs, and databases with what is beside them."""
    return [file for file in fixture.stack.folder.rglob("*") if file.is_file()]


def in_files(fixture: Fixture) -> list[str]:
    """What they have of canaries."""
    return [f"{file.name}: {hit}" for file in files(fixture) for hit in found_in(file.read_bytes())]


async def in_temporal(fixture: Fixture, *, with_inputs: bool) -> list[str]:
    """What histories, memos, search attributes and descriptions have of them, decrypted.

    With or without what the workflows were `with_inputs`.
    """
    client = await temporal_of(fixture.stack)
    found: list[str] = []
    async for workflow in client.list_workflows():
        for part in await stored_messages(client, workflow.id):
            if with_inputs or getattr(part, "event_type", None) not in INPUT_EVENTS:
                read = found_in(part.SerializeToString(), await plain_text(client, [part]))
                found += [f"{workflow.id}: {hit}" for hit in read]
    return found
