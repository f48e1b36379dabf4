"""`/dev`: for one's own machine; there in development mode only."""

from fastapi import APIRouter

from api.auth.scopes import Developer, Scope, needs
from api.dependencies import InContext, PaymentId
from api.dev import audit as live_audit
from api.dev.fault_injection import TroubleMaker, TroubleName
from api.dev.schemas import AuditReport, Switch, TroubleList
from api.errors import AnswerPendingError, NotSupportedError
from api.openapi.responses import storing
from api.schemas.requests import FastForward
from api.schemas.responses import Payment
from api.services import payment_clock, payments
from domain.errors import ConflictError, NotFoundError

router = APIRouter(tags=["development"])
_for_developers = [needs(Scope.OPERATOR, Scope.DEV)]


@router.post(
    "/dev/payments/{id}/fast-forward",
    responses=storing(NotFoundError, ConflictError, NotSupportedError, AnswerPendingError),
)
async def fast_forward(
    context: InContext, caller: Developer, id: PaymentId, body: FastForward
) -> Payment:
    """Move a waiting payment's clock on; answers when what fell due is done."""
    payments.check_open(await payments.find(context, id, caller))
    now = await payment_clock.fast_forward(context.client, context.store, id, body.days)
    return Payment.of(await payments.find(context, id, caller), now)


@router.get("/dev/troubles", responses=storing(NotSupportedError), dependencies=_for_developers)
async def list_troubles(context: InContext) -> TroubleList:
    """What may be made to go wrong, what to expect of it, and what goes wrong now."""
    return TroubleList.of(await TroubleMaker(context.settings).now())


@router.put(
    "/dev/troubles/{name}", responses=storing(NotSupportedError), dependencies=_for_developers
)
async def switch_trouble(context: InContext, name: TroubleName, body: Switch) -> TroubleList:
    """Make trouble, or put it right; the card provider has one trouble at a time."""
    maker = TroubleMaker(context.settings)
    await (maker.make(name) if body.on else maker.end(name))
    return TroubleList.of(await maker.now())


@router.delete("/dev/troubles", responses=storing(NotSupportedError), dependencies=_for_developers)
async def end_troubles(context: InContext) -> TroubleList:
    """Put everything right again."""
    maker = TroubleMaker(context.settings)
    await maker.end_all()
    return TroubleList.of(await maker.now())


@router.post(
    "/dev/audit",
    responses=storing(AnswerPendingError, ConflictError),
    dependencies=_for_developers,
)
async def audit() -> AuditReport:
    """Hold books, card provider, carrier, mails and Temporal against each other; one at a time."""
    return AuditReport.model_validate(await live_audit.audit())
