"""Requests and responses of the event chain."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from fastapi import Path
from pydantic import BaseModel

from api.schemas.requests import Body

OrderNumber = Annotated[int, Path(ge=1, le=2**31 - 1, description="The order's number, from 17.")]


class ChainService(StrEnum):
    """The services of the chain."""

    PAYMENT = "payment"
    INVENTORY = "inventory"
    SHIPMENT = "shipment"


class Wiring(StrEnum):
    """Which services listen to which events."""

    CHARGE_FIRST = "charge_first"
    CHARGE_LATER = "charge_later"


class ChainCard(StrEnum):
    """The card of an order's customer: it is charged, or declined."""

    GOOD = "good"
    DECLINED = "declined"


class NewChainOrder(Body):
    """`POST /dev/choreography/orders`: an order for one pond lily."""

    card: ChainCard


class WiringChoice(Body):
    """`PUT /dev/choreography/wiring`."""

    wiring: Wiring


class ChainEvent(BaseModel):
    """An event in the log, and the service that appended it."""

    position: int
    number: int
    type: str
    service: str
    at: datetime


class ChainOrder(BaseModel):
    """An order of the chain: no service keeps its status, so there are only its events."""

    number: int
    events: list[ChainEvent]


class ServiceState(BaseModel):
    """Whether a service of the chain is running."""

    service: ChainService
    running: bool


class ChainState(BaseModel):
    """The services, the wiring, and the last orders, newest first."""

    services: list[ServiceState]
    wiring: Wiring
    orders: list[ChainOrder]


class ServiceAnswer(ServiceState):
    """What one service knows of an order: the events that it appended itself.

    None if it is not running: it can't be asked.
    """

    appended: list[str] | None


class OrderSearch(BaseModel):
    """Where an order of the chain is, by each service's own knowledge."""

    number: int
    answers: list[ServiceAnswer]


class WiringRow(BaseModel):
    """What a table says for one wiring; `line` is the first line of `text` in its file."""

    wiring: Wiring
    line: int
    text: str
    listens_to: str | None


class WiringTable(BaseModel):
    """A service's table of wirings, and whether the change to charge later touches it."""

    service: str
    file: str
    symbol: str
    rows: list[WiringRow]
    touched: bool


class WiringChange(BaseModel):
    """The change to charge later in the chain and in the order service, as the code has it."""

    chain: list[WiringTable]
    order_service: WiringTable
