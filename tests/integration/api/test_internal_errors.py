"""A bug anywhere is answered as a problem, with the headers of every other response."""

import asyncio
import json
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.types import Message, Receive, Scope, Send

from api import codec_server
from api.app import create_app
from api.middleware.internal_errors import InternalErrors
from config import Settings
from security.payload_keys import new_key

MIDDLEWARE: list[Any] = [
    one.cls for one in create_app(Settings()).user_middleware if one.cls is not InternalErrors
]
OF_CODEC_SERVER: list[Any] = [
    one.cls
    for one in codec_server.create_app(Settings()).user_middleware
    if one.cls is not InternalErrors
]


def break_down(monkeypatch: pytest.MonkeyPatch, middleware: Any) -> None:
    """It has a bug from now on."""
    handle = middleware.__call__

    async def broken(self: Any, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            raise ZeroDivisionError
        await handle(self, scope, receive, send)

    monkeypatch.setattr(middleware, "__call__", broken)


async def failed_request(app: FastAPI, method: str, path: str) -> str:
    """The correlation id of its response."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
        answer = await http.request(method, path)
    assert answer.status_code == 500
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:problem-type:fault"
    assert "ZeroDivisionError" not in answer.text
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert answer.headers["Cache-Control"] == "no-store"
    return str(UUID(answer.headers["X-Correlation-Id"]))


@pytest.mark.parametrize("middleware", MIDDLEWARE, ids=lambda one: one.__name__)
async def test_no_bug_of_a_middleware_gets_out(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    middleware: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    break_down(monkeypatch, middleware)
    id = await failed_request(create_app(settings), "GET", "/products")
    assert caplog.text.count("Traceback") == 1
    assert f"request {id} failed" in caplog.text


@pytest.mark.parametrize("middleware", OF_CODEC_SERVER, ids=lambda one: one.__name__)
async def test_no_bug_of_the_codec_server_gets_out(
    monkeypatch: pytest.MonkeyPatch, middleware: Any
) -> None:
    break_down(monkeypatch, middleware)
    app = codec_server.create_app(Settings(payload_keys=new_key("now")))  # type: ignore[arg-type]
    await failed_request(app, "POST", "/decode")


def test_it_is_the_outermost() -> None:
    assert create_app(Settings()).user_middleware[0].cls is InternalErrors
    of_codec_server = codec_server.create_app(Settings()).user_middleware
    assert [one.cls for one in of_codec_server[:2]] == [CORSMiddleware, InternalErrors]


async def test_a_request_that_the_servers_stop_cuts_off_may_be_sent_again() -> None:
    """uvicorn cancels what is not finished `DRAIN_SECONDS` after SIGTERM."""
    begun = asyncio.Event()
    sent: list[Message] = []

    async def takes_long(_scope: Scope, _receive: Receive, _send: Send) -> None:
        begun.set()
        await asyncio.Event().wait()

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "PUT", "path": "/customers/kermit/card", "headers": []}
    request = asyncio.create_task(InternalErrors(takes_long)(scope, receive, send))
    await begun.wait()
    request.cancel()
    await request

    start, body = sent
    assert start["status"] == 503
    headers = {name.decode(): value.decode() for name, value in start["headers"]}
    assert headers["content-type"] == "application/problem+json"
    assert headers["retry-after"] == "2"
    assert UUID(headers["x-correlation-id"])
    assert json.loads(body["body"])["type"] == "urn:problem-type:answer-pending"


async def test_the_servers_stop_waits_for_what_it_cut_off() -> None:
    """Until it has written what it leaves behind; then the application closes its database."""
    begun, may_end = asyncio.Event(), asyncio.Event()
    ended: list[str] = []

    async def application(scope: Scope, receive: Receive, _send: Send) -> None:
        if scope["type"] == "lifespan":
            await receive()
            ended.append("application")
            return
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            await may_end.wait()
            ended.append("request")

    async def stop() -> Message:
        return {"type": "lifespan.shutdown"}

    async def ignore(_message: Message) -> None:
        pass

    guarded = InternalErrors(application)
    scope = {"type": "http", "method": "PUT", "path": "/", "headers": []}
    request = asyncio.create_task(guarded(scope, stop, ignore))
    await begun.wait()
    lifespan = asyncio.create_task(guarded({"type": "lifespan"}, stop, ignore))
    request.cancel()
    asyncio.get_running_loop().call_later(0.05, may_end.set)
    await asyncio.gather(request, lifespan)
    assert ended == ["request", "application"]
