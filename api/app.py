"""The application: put together here, and nowhere else."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline

from api import errors
from api.dependencies import Context
from api.dependency_health import DATABASE, LOOK_SECONDS, Outages
from api.dev import routes
from api.infrastructure import static_files
from api.infrastructure.database import Store
from api.middleware.authentication import Door
from api.middleware.card_number_filter import CardNumberGuard
from api.middleware.limits import BodyLimit, Streams
from api.middleware.metrics import Measured, Metrics
from api.middleware.security_headers import SecurityHeaders
from api.openapi import document
from api.routes import (
    card_update,
    customers,
    health,
    operations,
    orders,
    payments,
    products,
    webhooks,
)
from api.routes import web_page as page_routes
from api.services import readiness
from config import Settings
from gateways.card_authentication import CardAuthentication
from security.card_links import CardLinks
from storage.database import Database
from temporal.client import connect


def create_app(
    settings: Settings,
    prepare: Callable[[], None] | None = None,
    page_folder: Path = static_files.DIST,
) -> FastAPI:
    """The REST API; Temporal and the database may still be away when it starts.

    `prepare` makes the database's tables ready: until it has, the database counts as away. The web
    page is served from `page_folder`.
    """
    outages = Outages()
    metrics = Metrics(outages)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        # A Temporal client belongs to one process and one event loop: this one.
        client = await connect(settings.payload_keys, lazy=True)
        store = Store(Database(settings.database_url), is_prepared=prepare is None)
        links = CardLinks(settings.card_link_secrets, settings.public_url)
        cards = CardAuthentication(settings)
        streams = Streams(settings)
        context = Context(settings, store, client, metrics, outages, links, cards, streams)
        app.state.context = context
        tasks = [asyncio.create_task(outages.watch(partial(readiness.look, context)))]
        if prepare is not None:
            tasks.append(asyncio.create_task(_prepare(context, prepare)))
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
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
    for resource in (
        customers,
        products,
        orders,
        payments,
        operations,
        card_update,
        webhooks,
        health,
        page_routes,
    ):
        app.include_router(resource.router)
    if settings.development_mode:
        app.include_router(routes.router)
    static_files.install(app, page_folder)
    # From the inside to the outside.
    app.add_middleware(CardNumberGuard)
    app.add_middleware(BodyLimit, max_bytes=settings.max_body_bytes)
    app.add_middleware(Door, settings=settings)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(Measured, metrics=metrics)
    document.install(app, settings.auth)
    return app


async def _prepare(context: Context, prepare: Callable[[], None]) -> None:
    """As often as it takes: until then the API says on `/readyz` what is away."""
    while True:
        try:
            await context.store.prepare(prepare)
        except Exception as error:  # noqa: BLE001 whatever it is, somebody has to put it right
            context.outages.notice(DATABASE, error)
            await asyncio.sleep(LOOK_SECONDS)
        else:
            return
