"""Behind PgBouncer in transaction mode: each transaction may run on another connection."""

import asyncio
from collections import Counter
from collections.abc import Iterator

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import func, make_url, select, text

from config import Settings
from dev.stack.postgresql import PostgresServer
from domain.mail_templates import MailContent
from storage import outbox, tables
from storage.database import Database
from storage.migrate import migrate
from tests.integration.api.webhooks import NEW, body_of, tell
from tests.support.databases import opened
from tests.support.examples import add_customer, add_product
from tests.support.fake_temporal import FakeTemporal
from tests.support.mail_relay import MailServer, relaying
from tests.support.pgbouncer import SERVER_CONNECTIONS, pgbouncer_port
from tests.support.processes import eventually

__all__ = ["pgbouncer_port"]

WEBHOOKS = 200
MAILS = 40


@pytest.fixture
def direct_url(postgres: PostgresServer) -> str:
    """A database, without PgBouncer."""
    return postgres.create_database()


@pytest.fixture
def settings(settings: Settings, direct_url: str, pgbouncer_port: int) -> Settings:
    """The application's database is behind PgBouncer, which also sees its migrations."""
    url = make_url(direct_url).set(port=pgbouncer_port).render_as_string(hide_password=False)
    migrate(url)
    secrets = SecretStr(NEW)
    return settings.model_copy(update={"database_url": url, "stripe_webhook_secrets": secrets})


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    """The one behind PgBouncer, with a customer and a product."""
    with opened(settings.database_url) as database:
        with database.write() as tx:
            add_customer(tx)
            add_product(tx)
        yield database


async def deliver(http: httpx.AsyncClient, number: int) -> list[int]:
    """The answers to a webhook, which is sent again as long as it is answered 503."""
    answers: list[int] = []
    while not answers or answers[-1] == httpx.codes.SERVICE_UNAVAILABLE:
        answers.append((await tell(http, body_of(id=f"evt_{number}"))).status_code)
    return answers


async def look(http: httpx.AsyncClient, number: int) -> list[int]:
    """The answers to requests that read."""
    paths = ("/orders", "/customers/kermit", "/operations", f"/orders/none-{number}")
    return [(await http.get(path)).status_code for path in paths]


async def test_api_webhooks_and_mailer_work_behind_pgbouncer(
    http: httpx.AsyncClient, temporal: FakeTemporal, database: Database, direct_url: str
) -> None:
    del temporal
    content = MailContent(subject="Hello", text="Hello.")
    with database.write() as tx:
        for number in range(MAILS):
            outbox.queue(tx, f"m-{number}", "kermit", content)
    server = MailServer(full="nobody@example.com")
    with relaying(database, server):
        delivered = await asyncio.gather(
            *(deliver(http, number) for number in range(WEBHOOKS)),
        )
        seen = await asyncio.gather(*(look(http, number) for number in range(10)))
        eventually(lambda: len(server.mails) == MAILS, "all mails sent", 60)
    codes = Counter(code for answers in delivered for code in answers)
    assert codes[200] == WEBHOOKS, codes
    assert codes.keys() <= {200, 503}
    assert {code for answers in seen for code in answers} == {200, 404}
    assert sorted(server.tried) == sorted(f"m-{number}" for number in range(MAILS))
    with opened(direct_url) as direct, direct.read() as tx:
        events = select(func.count()).select_from(tables.provider_events)
        assert tx.execute(events).scalar_one() == WEBHOOKS
        sessions = text(
            "SELECT count(*) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        assert 0 < tx.execute(sessions).scalar_one() <= SERVER_CONNECTIONS
