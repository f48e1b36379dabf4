"""What endpoints depend on: settings, database, Temporal client, parts of the request."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Protocol
from uuid import UUID

from fastapi import Depends, Header, Path, Query, Request
from temporalio.client import Client

from api.dependency_health import DependencyHealth
from api.infrastructure.database import AsyncDatabase
from api.infrastructure.event_feed import EventFeed
from api.middleware.limits import RateLimits, StreamLimits
from api.middleware.metrics import Metrics
from config import Settings
from domain.disputes import Dispute, DisputeKind
from domain.errors import NotFoundError
from domain.field_types import Allowed, Identifier, StoredRefundReference
from gateways.cards import ProviderRefund
from security.card_links import CardLinks
from workflows.messages import TermsSnapshot


class CardAuthentication(Protocol):
    """Reads what a customer's browser authenticates a charge with (3-D Secure)."""

    async def client_secret(self, charge_id: str) -> str | None:
        """The secret of a charge that waits for its customer; None if it does not wait.

        Raises the gateway's error, which `api.services.authentication` translates.
        """
        ...


class Disputes(Protocol):
    """Looks up disputes and early fraud warnings at the card provider."""

    async def find(self, kind: DisputeKind, id: str) -> Dispute | None:
        """The dispute as it is now; None if the provider has none with this id.

        Raises the gateway's error, which `api.services.dispute_webhooks` translates.
        """
        ...


class Refunds(Protocol):
    """Looks refunds up at the card provider."""

    async def find(self, refund_id: str) -> ProviderRefund | None:
        """The refund as it is now; None if the provider has none with this id.

        Raises the gateway's error, which `api.services.refund_webhooks` translates.
        """
        ...


@dataclass(frozen=True)
class Context:
    """What the application uses; belongs to one process and event loop."""

    settings: Settings
    terms: TermsSnapshot
    """Of what begins now."""
    database: AsyncDatabase
    temporal: Client
    metrics: Metrics
    dependency_health: DependencyHealth
    links: CardLinks
    card_authentication: CardAuthentication
    disputes: Disputes
    refunds: Refunds
    rates: RateLimits
    stream_limits: StreamLimits
    feed: EventFeed


# All of them are coroutines: FastAPI calls other functions on a thread, each for itself.


async def _context(request: Request) -> Context:
    return request.app.state.context


async def _order_id(id: str) -> str:
    return _check_uuid("order", id)


async def _payment_id(id: str) -> str:
    return _check_uuid("payment", id)


def _check_uuid(kind: str, id: str) -> str:
    """Every id is a UUID: anything else cannot exist and is not looked up."""
    try:
        is_valid = str(UUID(id)) == id
    except ValueError:
        is_valid = False
    if not is_valid:
        raise NotFoundError(kind, id)
    return id


async def _note(request: Request) -> Callable[..., None]:
    def note(**values: str | int) -> None:
        request.state.security_notes = values

    return note


Note = Annotated[Callable[..., None], Depends(_note)]
"""Adds figures of the request to its entry in the security log; nothing secret or personal."""

InContext = Annotated[Context, Depends(_context)]
OrderId = Annotated[str, Depends(_order_id)]
PaymentId = Annotated[str, Depends(_payment_id)]
CustomerId = Annotated[Identifier, Path(alias="id")]
Sku = Annotated[Identifier, Path()]
RefundOfPayment = Annotated[
    StoredRefundReference,
    Path(alias="reference", description="As `GET /operations` lists it."),
]
IdempotencyKey = Annotated[
    Annotated[str, Allowed("^[!-~]{1,200}$", "1 to 200 visible ASCII characters")] | None,
    Header(
        alias="Idempotency-Key",
        description="1 to 200 visible ASCII characters. A repeated request with the same key "
        "returns the first order.",
    ),
]

LastEventId = Annotated[
    int | None,
    Header(
        alias="Last-Event-ID",
        ge=0,
        le=2**31 - 1,
        description="The last event received; the stream continues after it.",
    ),
]
LastEventIds = Annotated[
    Annotated[
        str,
        Allowed(
            r"^[0-9]{1,9}(,[0-9]{1,9})*$", "the id of an event: one number for each event stream"
        ),
    ]
    | None,
    Header(
        alias="Last-Event-ID",
        description="The `id` of the last event received; the stream continues after it.",
    ),
]
AlsoStreams = Annotated[
    list[
        Annotated[
            str,
            Allowed(
                "^(order|payment)/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
                "`order/` or `payment/`, and an id",
            ),
        ]
    ],
    Query(
        max_length=9,
        description="`order/<id>` or `payment/<id>`: their events too, in the same event stream, "
        "in the order in which they happened. Each event then says in `of` which one it is of, "
        "and its `id` is one number for each.",
    ),
]
Accept = Annotated[str, Header(include_in_schema=False)]
