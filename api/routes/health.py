"""`/healthz`, `/readyz`, `/metrics`: for whoever operates this."""

from contextlib import suppress

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse
from sqlalchemy.exc import SQLAlchemyError

from api.auth.scopes import Scope, needs
from api.dependencies import InContext
from api.errors import DependencyAwayError
from api.openapi.responses import answers, refusals
from api.schemas.responses import Health
from api.services import readiness
from storage import outbox

router = APIRouter(tags=["operations"])


@router.get("/healthz", responses=refusals())
async def is_alive() -> Health:
    """The process answers."""
    return Health(status="ok")


@router.get("/readyz", responses=answers(DependencyAwayError))
async def is_ready(context: InContext) -> Health:
    """Temporal and the database are reachable and made ready."""
    await readiness.check(context)
    return Health(status="ok")


@router.get(
    "/metrics",
    response_class=PlainTextResponse,
    responses=answers(),
    dependencies=[needs(Scope.OPERATOR)],
)
async def get_metrics(context: InContext) -> str:
    """In Prometheus's text format; while the database is away, without news of the mails."""
    with suppress(SQLAlchemyError, DependencyAwayError):
        context.metrics.note_mails(await context.store.read(outbox.backlog))
    return context.metrics.text()
