"""`/healthz`, `/readyz`, `/metrics`: for operators."""

from contextlib import suppress

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse
from sqlalchemy.exc import SQLAlchemyError

from api.auth.scopes import Scope, needs
from api.dependencies import InContext
from api.errors import DependencyUnavailableError
from api.openapi.responses import request_problems, server_problems
from api.schemas.responses import HealthResponse
from storage import disputes, outbox, owed_refunds

router = APIRouter(tags=["operations"])


@router.get("/healthz", responses=request_problems())
async def is_alive() -> HealthResponse:
    """The process is running."""
    return HealthResponse(status="ok")


@router.get("/readyz", responses=server_problems(DependencyUnavailableError))
async def is_ready(request: Request) -> HealthResponse:
    """Temporal and the database are available and ready, as of the last second."""
    await request.app.state.readiness.check()
    return HealthResponse(status="ok")


@router.get(
    "/metrics",
    response_class=PlainTextResponse,
    responses=server_problems(),
    dependencies=[needs(Scope.OPERATOR)],
)
async def get_metrics(context: InContext) -> str:
    """Metrics in Prometheus's text format.

    Without the database, those of mails, disputes and refunds are not updated.
    """
    with suppress(SQLAlchemyError, DependencyUnavailableError):
        context.metrics.set_mails(await context.database.read(outbox.backlog))
        context.metrics.set_disputes(await context.database.read(disputes.open_by_kind))
        context.metrics.set_refunds(await context.database.read(owed_refunds.count))
    return context.metrics.text()
