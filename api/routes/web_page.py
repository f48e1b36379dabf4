"""`/ui-config`: what the web page needs before the user is authenticated."""

from fastapi import APIRouter

from api.dependencies import InContext
from api.openapi.responses import request_problems
from api.schemas.responses import UiConfig

router = APIRouter(tags=["page"])


@router.get("/ui-config", responses=request_problems())
async def get_ui_config(context: InContext) -> UiConfig:
    """The public configuration of this installation."""
    return UiConfig.of(context.settings, context.temporal.namespace)
