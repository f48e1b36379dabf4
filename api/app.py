"""The application: put together here, and nowhere else."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi_offline import FastAPIOffline

import temporal_client
from api import errors
from api.card_numbers import CardNumberGuard
from api.dependencies import Context
from api.metrics import Measured, Metrics
from api.routes import customers, development, health, orders, payments, products
from api.store import Store
from config import Settings
from storage.database import Database


def create_app(settings: Settings) -> FastAPI:
    """The REST API; Temporal and the database may still be away when it starts."""
    metrics = Metrics()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        # A Temporal client belongs to one process and one event loop: this one.
        client = await temporal_client.connect(lazy=True)
        store = Store(Database(settings.database_url))
        app.state.context = Context(settings, store, client, metrics)
        try:
            yield
        finally:
            del app.state.context
            store.close()

    # Its /docs load nothing from elsewhere.
    app = FastAPIOffline(
        title="Orders and payments",
        version="1",
        lifespan=lifespan,
        redirect_slashes=False,
        redoc_url=None,
    )
    errors.install(app)
    for resource in (customers, products, orders, payments, health):
        app.include_router(resource.router)
    if settings.development_mode:
        app.include_router(development.router)
    app.add_middleware(CardNumberGuard)
    app.add_middleware(Measured, metrics=metrics)
    _document(app)
    return app


def _document(app: FastAPI) -> None:
    """Have the OpenAPI document describe problems, which FastAPI knows nothing of."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = get_openapi(title=app.title, version=app.version, routes=app.routes)
            schema["components"]["schemas"] |= errors.schemas()
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = openapi
