"""`/dev/choreography`: the event chain, to compare with the order service (slides 4-11)."""

from fastapi import APIRouter

from api.auth.scopes import Scope, needs
from api.dependencies import InContext
from api.dev.choreography import EventChain
from api.dev.choreography_schemas import (
    ChainOrder,
    ChainService,
    ChainState,
    NewChainOrder,
    OrderNumber,
    OrderSearch,
    WiringChange,
    WiringChoice,
)
from api.dev.schemas import Switch
from api.errors import NotSupportedError
from api.openapi.responses import dependency_problems
from domain.errors import NotFoundError

router = APIRouter(
    prefix="/dev/choreography",
    tags=["development"],
    dependencies=[needs(Scope.OPERATOR, Scope.DEV)],
)
_problems = dependency_problems(NotSupportedError)


@router.get("", responses=_problems)
async def get_chain(context: InContext) -> ChainState:
    """The services of the event chain, its wiring, and its last orders."""
    return await EventChain(context.settings).state()


@router.get("/change", responses=_problems)
async def get_wiring_change(context: InContext) -> WiringChange:
    """The files and lines that charging later touches, in the chain and in the order service."""
    return await EventChain(context.settings).change()


@router.put("/wiring", responses=_problems)
async def rewire_chain(context: InContext, body: WiringChoice) -> ChainState:
    """Change which services listen to which events; orders under way keep no wiring."""
    return await EventChain(context.settings).rewire(body.wiring)


@router.put("/services/{service}", responses=_problems)
async def switch_chain_service(
    context: InContext, service: ChainService, body: Switch
) -> ChainState:
    """Start or stop one service of the chain."""
    return await EventChain(context.settings).switch(service, on=body.on)


@router.post("/orders", status_code=201, responses=_problems)
async def place_chain_order(context: InContext, body: NewChainOrder) -> ChainOrder:
    """Place an order for one pond lily in the chain."""
    return await EventChain(context.settings).place(body.card)


@router.get("/orders/{number}", responses=dependency_problems(NotSupportedError, NotFoundError))
async def find_chain_order(context: InContext, number: OrderNumber) -> OrderSearch:
    """Where the order is, answered by each service's own knowledge."""
    return await EventChain(context.settings).find(number)
