"""What endpoints are given: settings, the store, the Temporal client, parts of the request."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Header, Path, Request
from temporalio.client import Client

from api.dependency_health import Outages
from api.infrastructure.database import Store
from api.middleware.limits import Streams
from api.middleware.metrics import Metrics
from config import Settings
from domain.errors import NotFoundError
from domain.field_types import Identifier
from gateways.card_authentication import CardAuthentication
from security.card_links import CardLinks


@dataclass(frozen=True)
class Context:
    """What the application works with; belongs to one process and event loop."""

    settings: Settings
    store: Store
    client: Client
    metrics: Metrics
    outages: Outages
    links: CardLinks
    card_authentication: CardAuthentication
    streams: Streams


def _context(request: Request) -> Context:
    return request.app.state.context


def _order_id(id: str) -> str:
    return _known_form("order", id)


def _payment_id(id: str) -> str:
    return _known_form("payment", id)


def _known_form(kind: str, id: str) -> str:
    """All our ids are UUIDs; whatever is not, is not there, and nobody needs to be asked."""
    try:
        known = str(UUID(id)) == id
    except ValueError:
        known = False
    if not known:
        raise NotFoundError(kind, id)
    return id


InContext = Annotated[Context, Depends(_context)]
OrderId = Annotated[str, Depends(_order_id)]
PaymentId = Annotated[str, Depends(_payment_id)]
CustomerId = Annotated[Identifier, Path(alias="id")]
Sku = Annotated[Identifier, Path()]
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        pattern="^[!-~]+$",
        description="Repeating a request with its key gets the first order again.",
    ),
]
"""Visible ASCII characters."""

LastEventId = Annotated[
    int | None,
    Header(
        alias="Last-Event-ID",
        ge=0,
        le=2**31 - 1,
        description="The last event seen; the stream goes on behind it.",
    ),
]
Accept = Annotated[str, Header(include_in_schema=False)]
