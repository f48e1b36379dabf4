"""`/ui-config`: what the page has to know before anybody has said who they are."""

from fastapi import APIRouter

from api.dependencies import InContext
from api.openapi.responses import refusals
from api.schemas.responses import UiConfig

router = APIRouter(tags=["page"])


@router.get("/ui-config", responses=refusals())
async def get_ui_config(context: InContext) -> UiConfig:
    """How this installation is set up, as far as anybody may know."""
    return UiConfig.of(context.settings, context.client.namespace)
