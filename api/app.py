"""The composition root: creates the application and everything that it uses."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline

from api import problems
from api.dependencies import Context
from api.dependency_health import (
    CHECK_INTERVAL_SECONDS,
    DATABASE,
    DependencyHealth,
    first_line,
)
from api.dev import routes as development
from api.infrastructure import static_files
from api.infrastructure.database import AsyncDatabase
from api.infrastructure.event_feed import EventFeed
from api.infrastructure.temporal import terms_snapshot
from api.middleware.authentication import (
    CARD_LINK_BODY_BYTES,
    CARD_LINK_PATHS,
    AuthenticationMiddleware,
)
from api.middleware.card_number_filter import CardNumberFilter
from api.middleware.head_requests import HeadRequests
from api.middleware.health_checks import HealthChecks
from api.middleware.internal_errors import InternalErrors
from api.middleware.limits import BodyLimit, RateLimits, StreamLimits
from api.middleware.metrics import Metrics, MetricsMiddleware
from api.middleware.security_headers import SecurityHeaders
from api.middleware.security_log import SecurityLog
from api.openapi import document
from api.routes import (
    card_update,
    customers,
    health,
    operations,
    orders,
    payments,
    products,
    web_page,
    webhooks,
)
from api.services import authentication, dispute_webhooks, refund_webhooks
from api.services.readiness import Readiness
from config import Settings
from security.card_links import CardLinks
from storage.database import Database
from storage.migrate import SchemaError
from temporal.client import connect

log = logging.getLogger(__name__)


def create_app(
    settings: Settings,
    prepare: Callable[[], None] | None = None,
    web_page_folder: Path = static_files.DIST,
) -> FastAPI:
    """The REST API; it starts even while Temporal and the database are unavailable.

    `prepare` checks the database, which counts as unavailable until then. The web page is served
    from `web_page_folder`.
    """
    dependency_health = DependencyHealth()
    metrics = Metrics(dependency_health)
    rates = RateLimits(settings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        # A Temporal client belongs to one process and one event loop.
        temporal = await connect(settings.payload_keys, settings.payloads_accepted, lazy=True)
        connections = settings.database_connections
        database = AsyncDatabase(
            Database(settings.database_url, connections), connections, is_prepared=prepare is None
        )
        context = Context(
            settings=settings,
            terms=terms_snapshot(settings),
            database=database,
            temporal=temporal,
            metrics=metrics,
            dependency_health=dependency_health,
            links=CardLinks(settings.card_link_secrets, settings.public_url),
            card_authentication=authentication.connect(settings),
            disputes=dispute_webhooks.connect(settings),
            refunds=refund_webhooks.connect(settings),
            rates=rates,
            stream_limits=StreamLimits(settings),
            feed=EventFeed(database, dependency_health),
        )
        app.state.context = context
        tasks = [
            asyncio.create_task(dependency_health.watch(readiness.find_unavailable_now)),
            asyncio.create_task(context.feed.run()),
        ]
        if prepare is not None:
            tasks.append(asyncio.create_task(_prepare(context, prepare)))
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            del app.state.context
            database.close()

    # Its /docs load nothing from other hosts.
    app = FastAPIOffline(
        title="Orders and payments",
        version="1",
        lifespan=lifespan,
        openapi_url=document.DOCS_DOCUMENT_URL,
        swagger_ui_parameters={"defaultModelsExpandDepth": 0},
        redirect_slashes=False,
        redoc_url=None,
        # `Metrics` measures; FastAPI would look for another way to report with each request.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.readiness = readiness = Readiness(lambda: app.state.context)
    problems.install(app)
    for resource in (
        customers,
        products,
        orders,
        payments,
        operations,
        card_update,
        webhooks,
        health,
        web_page,
    ):
        app.include_router(resource.router)
    if settings.development_mode:
        app.include_router(development.router)
    static_files.install(app, web_page_folder)
    # The last one added is the outermost.
    app.add_middleware(CardNumberFilter)
    of_links = dict.fromkeys(CARD_LINK_PATHS, CARD_LINK_BODY_BYTES)
    app.add_middleware(BodyLimit, max_bytes=settings.max_body_bytes, of_paths=of_links)
    app.add_middleware(AuthenticationMiddleware, settings=settings, rates=rates)
    app.add_middleware(HeadRequests)
    app.add_middleware(HealthChecks, check_ready=readiness.check)
    card_script = settings.stripe_js_base if settings.stripe_publishable_key else None
    app.add_middleware(SecurityHeaders, card_script_base=card_script)
    app.add_middleware(MetricsMiddleware, metrics=metrics)
    app.add_middleware(SecurityLog)
    app.add_middleware(InternalErrors)
    document.install(app, settings)
    return app


async def _prepare(context: Context, prepare: Callable[[], None]) -> None:
    """Try until it succeeds; until then `/readyz` reports the database as unavailable."""
    logged: set[bool] = set()
    while True:
        try:
            await context.database.prepare(prepare)
        except Exception as error:  # noqa: BLE001 logged; an operator has to fix the cause
            context.dependency_health.report_unavailable(DATABASE, error)
            is_of_schema = isinstance(error, SchemaError)
            if logged and is_of_schema not in logged:
                log.warning("%s is still unavailable: %s", DATABASE, first_line(error))
            logged.add(is_of_schema)
            await asyncio.sleep(CHECK_INTERVAL_SECONDS)
        else:
            return
