"""`/dev`: for one's own machine; there in development mode only."""

from fastapi import APIRouter

from api import clock, paying
from api.access import Developer
from api.dependencies import InContext, PaymentId
from api.errors import AnswerPendingError, NotSupportedError
from api.routes.documented import storing
from api.schemas import FastForward, Payment
from domain.errors import ConflictError, NotFoundError

router = APIRouter(tags=["development"])


@router.post(
    "/dev/payments/{id}/fast-forward",
    responses=storing(NotFoundError, ConflictError, NotSupportedError, AnswerPendingError),
)
async def fast_forward(
    context: InContext, caller: Developer, id: PaymentId, body: FastForward
) -> Payment:
    """Move a waiting payment's clock on; answers when what fell due is done."""
    paying.check_open(await paying.find(context, id, caller))
    now = await clock.fast_forward(context.client, context.store, id, body.days)
    return Payment.of(await paying.find(context, id, caller), now)
