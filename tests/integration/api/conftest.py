"""The application in this process, on a database of its own, while Temporal is unavailable."""

from collections.abc import AsyncGenerator, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from shutil import copyfile
from typing import cast

import httpx
import pytest
from fastapi import FastAPI
from temporalio.client import Client

from api.app import create_app
from config import Settings
from storage.database import Database
from storage.migrate import migrate
from tests.support.examples import add_customer, add_product
from tests.support.fake_temporal import FakeTemporal
from tests.support.processes import free_port


@pytest.fixture(scope="session", autouse=True)
def patience() -> Iterator[None]:
    """Of requests with the database and Temporal, however slow this machine is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("api.infrastructure.database.QUEUE_SECONDS", 120)
        patch.setattr("api.services.readiness.TIMEOUT", timedelta(seconds=120))
        yield


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with empty tables, to be copied: making one takes longer than most tests."""
    file = tmp_path_factory.mktemp("migrated") / "orders.db"
    migrate(f"sqlite:///{file}")
    return file


@pytest.fixture
def settings(tmp_path: Path, migrated: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """In development mode, on an empty SQLite database; nobody listens where Temporal should."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", f"127.0.0.1:{free_port()}")
    file = copyfile(migrated, tmp_path / "orders.db")
    return Settings(database_url=f"sqlite:///{file}", development_mode=True)


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    """What the application reads, with a customer `kermit` and a product `pond-lily` in it."""
    database = Database(settings.database_url)
    with database.write() as tx:
        add_customer(tx)
        add_product(tx)
    yield database
    database.close()


@pytest.fixture
def app(settings: Settings) -> FastAPI:
    """The application."""
    return create_app(settings)


@pytest.fixture
async def http(app: FastAPI, database: Database) -> AsyncGenerator[httpx.AsyncClient]:
    """A client of the application."""
    del database
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://localhost") as client,
    ):
        yield client


@pytest.fixture
def temporal(app: FastAPI, http: httpx.AsyncClient) -> FakeTemporal:
    """Instead of a server: accepts everything, and executes nothing, so that no row is written."""
    del http
    fake = FakeTemporal()
    app.state.context = replace(app.state.context, temporal=cast("Client", fake))
    return fake
