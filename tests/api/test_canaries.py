"""Canaries in every place of every request: refused, not answered, written down nowhere."""

import logging
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from storage.database import Database
from tests.api.matrix import WRITTEN, endpoints
from tests.bugs import leaking
from tests.canaries.numbers import found_in
from tests.canaries.requests import CanaryRequest, requests

pytestmark = pytest.mark.timeout(900)


async def push(app: FastAPI, http: httpx.AsyncClient, forms: int) -> list[str]:
    """What the answers have of canaries, and which requests were not refused."""
    document = app.openapi()
    leaks: list[str] = []
    sent: set[CanaryRequest | str] = set()
    for one in requests(document, list(endpoints(document)), WRITTEN, forms):
        answer = await http.request(
            one.endpoint.method, one.url, params=one.params, headers=one.headers, json=one.json
        )
        sent.add(str(one))
        leaks += found_in(answer.text, str(answer.headers))
        if not answer.is_client_error:
            leaks.append(f"{one}: {answer.status_code}")
    assert len(sent) > 150
    return leaks


def written(caplog: pytest.LogCaptureFixture, folder: Path | None = None) -> list[str]:
    """What logs, and the files in the folder, have of them."""
    files = folder.iterdir() if folder else ()
    logs = [
        record.getMessage()
        for record in caplog.records
        if not record.name.startswith(("httpx", "httpcore"))
    ]
    return found_in(*logs, *(file.read_bytes() for file in files))


async def test_no_canary_gets_in(
    app: FastAPI,
    http: httpx.AsyncClient,
    database: Database,
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
) -> None:
    del database
    caplog.set_level(logging.DEBUG)
    assert await push(app, http, forms=4) == []
    assert written(caplog, tmp_path) == []


@pytest.mark.parametrize(
    "bug",
    [leaking.bodies_are_logged, leaking.refusals_quote_what_was_sent, leaking.dashes_hide_a_number],
)
async def test_leaks_are_found(
    app: FastAPI,
    http: httpx.AsyncClient,
    caplog: pytest.LogCaptureFixture,
    bug: Callable[[pytest.MonkeyPatch], None],
) -> None:
    caplog.set_level(logging.INFO)
    with pytest.MonkeyPatch.context() as patch:
        bug(patch)
        leaks = await push(app, http, forms=3)
    assert [*leaks, *written(caplog)]
