"""An outage is logged when it begins and when it ends, not with every request."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path

import httpx
import pytest
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError

from api.app import create_app
from config import Settings
from domain.mail_templates import MailContent
from storage import outbox
from storage.database import Database
from storage.migrate import migrate
from tests.integration.api.problems import problem_of
from tests.support.processes import eventually

CUSTOMER = {"id": "gonzo", "name": "Gonzo", "email": "gonzo@example.com"}


@pytest.fixture
def late(settings: Settings, tmp_path: Path) -> Settings:
    """With a database in a folder that is not there yet."""
    url = f"sqlite:///{tmp_path}/late/orders.db"
    return settings.model_copy(update={"database_url": url})


@asynccontextmanager
async def _serving(
    settings: Settings, prepare: Callable[[], None]
) -> AsyncGenerator[httpx.AsyncClient]:
    app = create_app(settings, prepare)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://localhost") as http,
    ):
        yield http


@pytest.mark.parametrize("kind", [OperationalError, ProgrammingError])
async def test_the_api_answers_before_its_database_does(
    late: Settings, caplog: pytest.LogCaptureFixture, kind: type[DBAPIError]
) -> None:
    """Alive, not ready, and it goes on by itself."""
    is_there = False

    def prepare() -> None:
        if not is_there:
            raise kind("", {}, Exception("refused\nIs it running?"))
        migrate(late.database_url)

    with caplog.at_level(logging.INFO):
        async with _serving(late, prepare) as http:
            assert (await http.get("/healthz")).status_code == 200
            for _ in range(3):
                problem = problem_of(await http.post("/customers", json=CUSTOMER), 503)
                assert "the database" in problem["detail"]
            unavailable = "the database is unavailable"
            await asyncio.to_thread(eventually, lambda: unavailable in caplog.text, unavailable)
            assert 'dependency_up{dependency="database"} 0.0' in (await http.get("/metrics")).text
            is_there = True
            back = "the database is available again"
            await asyncio.to_thread(eventually, lambda: back in caplog.text, back)
            assert (await http.post("/customers", json=CUSTOMER)).status_code == 201
            metrics = (await http.get("/metrics")).text
            assert 'dependency_up{dependency="database"} 1.0' in metrics
    assert caplog.text.count("the database is unavailable: refused\n") == 1
    assert "Traceback" not in caplog.text


async def test_each_thing_that_is_away_is_said_once(
    settings: Settings, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    async with _serving(settings, partial(migrate, settings.database_url)) as http:
        for _ in range(3):
            assert (await http.get("/readyz")).status_code == 503
        metrics = (await http.get("/metrics")).text
    assert caplog.text.count("Temporal is unavailable: ") == 1
    assert "available again" not in caplog.text
    assert 'dependency_up{dependency="temporal"} 0.0' in metrics


async def test_mails_that_wait_are_counted(http: httpx.AsyncClient, database: Database) -> None:
    assert "\nmails_waiting 0.0" in (await http.get("/metrics")).text
    with database.write() as tx:
        for id in ("m-1", "m-2", "m-3"):
            outbox.queue(tx, id, "kermit", MailContent(subject="Hello", text="Hello."))
        outbox.mark_sent(tx, "m-1")
        outbox.hand_back(tx, "m-2", retry_after=timedelta(hours=1))
    text = (await http.get("/metrics")).text
    assert "\nmails_waiting 2.0" in text
    [seconds] = [line for line in text.splitlines() if line.startswith("mails_waiting_seconds ")]
    assert 0 < float(seconds.split()[1]) < 60
