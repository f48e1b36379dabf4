"""A fault of ours costs its request, and not the next one on the same connection."""

import asyncio
import logging
from functools import partial
from typing import Any, cast

import pytest
import uvicorn
from fastapi import FastAPI

from api import problems
from api.infrastructure.connection_limits import ConnectionLimits, Connections
from api.infrastructure.http_protocol import GuardedProtocol
from config import Settings
from dev.temporal_server.ports import free_ports


async def test_a_fault_does_not_close_the_connection(caplog: pytest.LogCaptureFixture) -> None:
    app = FastAPI()
    problems.install(app)

    @app.get("/fault")
    def fail() -> None:
        raise ZeroDivisionError

    connections = Connections(ConnectionLimits.of(Settings(request_head_seconds=120)))
    [port] = free_ports(1)
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            port=port,
            http=cast("Any", partial(GuardedProtocol, connections)),
            log_config=None,
        )
    )
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 uvicorn has no event for it
        await asyncio.sleep(0.01)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    with caplog.at_level(logging.ERROR):
        for _ in range(3):
            writer.write(b"GET /fault HTTP/1.1\r\nHost: localhost\r\n\r\n")
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 500 ")
            assert b"connection: close" not in head.lower()
            assert b"urn:problem-type:fault" in await reader.readuntil(b"}")
    assert caplog.text.count("Traceback") == 3
    writer.close()
    server.should_exit = True
    await serving
