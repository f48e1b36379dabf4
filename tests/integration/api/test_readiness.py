"""Readiness is asked once for all, and says what is; what Temporal refuses is no outage."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from api.app import create_app
from api.services import readiness
from config import Settings
from storage.database import Database
from tests.integration.api.problems import problem_of
from tests.support.fake_temporal import FakeTemporal, FakeWorkflow
from tests.support.processes import eventually

ORDER = {"customer_id": "kermit", "lines": [{"sku": "pond-lily", "quantity": 1}]}
CARD = {"payment_method": "pm_card_visa"}


@dataclass
class CountingTemporal(FakeTemporal):
    """Counts probes, and answers starts, probes and searches with these errors."""

    probes: int = 0
    start_error: RPCError | None = None
    probe_error: RPCError | None = None
    has_attributes: bool = True
    count_error: RPCError | None = None
    count_hangs: bool = False
    listed: int = 0
    probed: asyncio.Event = field(default_factory=asyncio.Event)

    async def start_workflow(self, *args: Any, **options: Any) -> FakeWorkflow:
        if self.start_error is not None:
            raise self.start_error
        return await super().start_workflow(*args, **options)

    def get_workflow_handle(self, id: str) -> FakeWorkflow:
        if id != "readiness":
            return super().get_workflow_handle(id)
        return cast("FakeWorkflow", SimpleNamespace(describe=self._probe))

    async def _probe(self) -> None:
        self.probes += 1
        self.probed.set()
        await asyncio.sleep(0.05)
        raise self.probe_error or RPCError("", RPCStatusCode.NOT_FOUND, b"")

    async def list_search_attributes(self, request: object) -> SimpleNamespace:
        self.listed += 1
        if not self.has_attributes:
            return SimpleNamespace(custom_attributes={})
        return await super().list_search_attributes(request)

    async def count_workflows(self, query: str) -> SimpleNamespace:
        if self.count_hangs:
            await asyncio.Event().wait()
        if self.count_error is not None:
            raise self.count_error
        return await super().count_workflows(query)


@asynccontextmanager
async def serving(settings: Settings, temporal: FakeTemporal) -> AsyncGenerator[httpx.AsyncClient]:
    app = create_app(settings)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://localhost") as http,
    ):
        app.state.context = replace(app.state.context, temporal=cast("Client", temporal))
        yield http


async def test_all_who_ask_share_one_probe(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For an interval; after it there is another one."""
    monkeypatch.setattr(readiness, "INTERVAL", timedelta(hours=1))
    temporal = CountingTemporal()
    async with serving(settings, temporal) as http:
        for method in ("GET", "HEAD"):
            answers = await asyncio.gather(*(http.request(method, "/readyz") for _ in range(200)))
            assert {answer.status_code for answer in answers} == {200}
        assert (await http.get("/healthz")).status_code == 200
        assert temporal.probes == 1
        monkeypatch.setattr(readiness, "INTERVAL", timedelta(0))
        assert (await http.get("/readyz")).status_code == 200
        assert (temporal.probes, temporal.listed) == (2, 1)


async def test_one_probe_a_second(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    clock = SimpleNamespace(monotonic=lambda: now)
    monkeypatch.setattr("api.services.readiness.time", clock)
    temporal = CountingTemporal()
    async with serving(settings, temporal) as http:
        for seconds, probes in ((0, 1), (0.9, 1), (0.2, 2)):
            now += seconds
            assert (await http.get("/readyz")).status_code == 200
            assert temporal.probes == probes


async def test_who_leaves_does_not_end_the_probe(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "INTERVAL", timedelta(hours=1))
    temporal = CountingTemporal()
    async with serving(settings, temporal) as http:
        first = asyncio.create_task(http.get("/readyz"))
        second = asyncio.create_task(http.get("/readyz"))
        await temporal.probed.wait()
        first.cancel()
        assert (await second).status_code == 200
        assert temporal.probes == 1


async def test_a_failed_probe_is_a_503(settings: Settings, database: Database) -> None:
    temporal = CountingTemporal(probe_error=RPCError("gone", RPCStatusCode.UNAVAILABLE, b""))
    async with serving(settings, temporal) as http:
        assert "Temporal" in problem_of(await http.get("/readyz"), 503)["detail"]
        assert 'dependency_up{dependency="temporal"} 0.0' in (await http.get("/metrics")).text


async def test_missing_search_attributes_are_a_503(
    settings: Settings, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    temporal = CountingTemporal(has_attributes=False)
    async with serving(settings, temporal) as http:
        problem_of(await http.get("/readyz"), 503)
    assert "the namespace lacks the search attributes AwaitingCard, CustomerId" in caplog.text


async def test_search_attributes_that_the_server_does_not_use_yet_are_a_503(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For a moment after they were added; what else fails in visibility keeps nothing waiting."""
    monkeypatch.setattr(readiness, "INTERVAL", timedelta(0))
    new = RPCError("invalid search attribute", RPCStatusCode.INVALID_ARGUMENT, b"")
    temporal = CountingTemporal(count_error=new)
    async with serving(settings, temporal) as http:
        problem_of(await http.get("/readyz"), 503)
        temporal.count_error = RPCError("no visibility", RPCStatusCode.UNAVAILABLE, b"")
        assert (await http.get("/readyz")).status_code == 200


async def test_visibility_that_does_not_answer_keeps_nothing_waiting(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.infrastructure.temporal.VISIBILITY_TIMEOUT", timedelta(0))
    async with serving(settings, CountingTemporal(count_hangs=True)) as http:
        assert (await http.get("/readyz")).status_code == 200


async def test_a_workflow_refused_for_new_search_attributes_is_an_outage(
    settings: Settings, database: Database
) -> None:
    text = "Namespace default has no mapping defined for search attribute CustomerId"
    new = RPCError(text, RPCStatusCode.INVALID_ARGUMENT, b"")
    async with serving(settings, CountingTemporal(start_error=new)) as http:
        problem_of(await http.post("/orders", json=ORDER), 503)


async def test_a_rate_limit_flips_nothing(
    settings: Settings, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """Only a failed probe does."""
    busy = RPCError("namespace rate limit exceeded", RPCStatusCode.RESOURCE_EXHAUSTED, b"")
    temporal = CountingTemporal(start_error=busy)
    with caplog.at_level(logging.INFO):
        async with serving(settings, temporal) as http:
            problem_of(await http.post("/orders", json=ORDER), 503)
            said = "Temporal is available, but failed a request: namespace rate limit exceeded"
            await asyncio.to_thread(eventually, lambda: said in caplog.text, said)
            assert 'dependency_up{dependency="temporal"} 1.0' in (await http.get("/metrics")).text
            assert (await http.get("/readyz")).status_code == 200
    assert "is unavailable" not in caplog.text


async def test_an_outage_that_a_request_finds_is_probed(
    settings: Settings, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    gone = RPCError("connection refused", RPCStatusCode.UNAVAILABLE, b"")
    temporal = CountingTemporal(start_error=gone, probe_error=gone)
    async with serving(settings, temporal) as http:
        problem_of(await http.post("/orders", json=ORDER), 503)
        said = "Temporal is unavailable: connection refused"
        await asyncio.to_thread(eventually, lambda: said in caplog.text, said)
        assert 'dependency_up{dependency="temporal"} 0.0' in (await http.get("/metrics")).text


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [("POST", "/orders", ORDER), ("PUT", "/customers/kermit/card", CARD)],
)
async def test_what_temporal_finds_invalid_is_no_outage(
    settings: Settings, database: Database, method: str, path: str, body: object
) -> None:
    invalid = RPCError("BadSomething", RPCStatusCode.INVALID_ARGUMENT, b"")
    temporal = CountingTemporal(start_error=invalid)
    async with serving(settings, temporal) as http:
        answer = await http.request(method, path, json=body)
        assert problem_of(answer, 500)["type"] == "urn:problem-type:temporal-refused"
        assert "retry-after" not in answer.headers
        temporal.has_attributes = False
        problem_of(await http.request(method, path, json=body), 503)
