"""`/dev`: endpoints that exist in development mode only."""

from fastapi import APIRouter, BackgroundTasks

from api.auth.scopes import Developer, Scope, needs
from api.dependencies import InContext, PaymentId
from api.dev import choreography_routes
from api.dev.audit import run_audit
from api.dev.fault_catalog import FaultName
from api.dev.fault_injection import FaultInjector
from api.dev.schemas import AuditReport, Changes, FaultList, Switch
from api.errors import AnswerPendingError, NotSupportedError
from api.openapi.responses import dependency_problems
from api.schemas.requests import FastForward
from api.schemas.responses import PaymentResponse
from api.services import payment_clock, payments, queries
from domain.errors import ConflictError, NotFoundError
from storage import changes

router = APIRouter(tags=["development"])
router.include_router(choreography_routes.router)
_for_developers = [needs(Scope.OPERATOR, Scope.DEV)]


@router.post(
    "/dev/payments/{id}/fast-forward",
    responses=dependency_problems(
        NotFoundError, ConflictError, NotSupportedError, AnswerPendingError
    ),
)
async def fast_forward(
    context: InContext, caller: Developer, id: PaymentId, body: FastForward
) -> PaymentResponse:
    """Advance a waiting payment's clock; responds when due work is done."""
    payments.check_open(await queries.find_payment(context, id, caller))
    now = await payment_clock.fast_forward(context.temporal, context.database, id, body.days)
    return PaymentResponse.of(await queries.find_payment(context, id, caller), now)


@router.get(
    "/dev/troubles", responses=dependency_problems(NotSupportedError), dependencies=_for_developers
)
async def list_faults(context: InContext) -> FaultList:
    """The faults that can be injected, their effects, and which are on."""
    return FaultList.of(await FaultInjector(context.settings).active())


@router.put(
    "/dev/troubles/{name}",
    responses=dependency_problems(NotSupportedError, ConflictError),
    dependencies=_for_developers,
)
async def switch_fault(
    context: InContext, name: FaultName, body: Switch, later: BackgroundTasks
) -> FaultList:
    """Inject or remove a fault; a simulator has at most one at a time."""
    injector = FaultInjector(context.settings)
    if body.on and name is FaultName.API_KILLED:
        later.add_task(injector.inject, name)  # once this response is sent
    else:
        await (injector.inject(name) if body.on else injector.remove(name))
    return FaultList.of(await injector.active())


@router.delete(
    "/dev/troubles", responses=dependency_problems(NotSupportedError), dependencies=_for_developers
)
async def reset_faults(context: InContext) -> FaultList:
    """Remove all faults."""
    injector = FaultInjector(context.settings)
    await injector.reset()
    return FaultList.of(await injector.active())


@router.post(
    "/dev/audit",
    responses=dependency_problems(AnswerPendingError, ConflictError),
    dependencies=_for_developers,
)
async def audit(context: InContext) -> AuditReport:
    """Compare ledger, card provider, carrier, mails and Temporal; one audit at a time."""
    before = await context.database.read(changes.count)
    return AuditReport.of(await run_audit(), before)


@router.get("/dev/audit", responses=dependency_problems(), dependencies=_for_developers)
async def get_changes(context: InContext) -> Changes:
    """Whether a verdict still holds: it does while this is the number that it came with."""
    return Changes(changes=await context.database.read(changes.count))
