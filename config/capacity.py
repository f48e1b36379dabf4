"""Settings: how much of what a process does at once, and how often."""

from typing import Annotated

from pydantic import Field

from config.section import Section, SocketAddress

BUILD_ID_PATTERN = r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}"


class Capacity(Section):
    """Limits of requests, streams, card updates, what a customer has open, and of the worker."""

    max_body_bytes: Annotated[int, Field(ge=1_024, le=1_048_576)] = 65_536
    """Size limit of a request's body."""

    requests_per_minute: Annotated[int, Field(ge=1, le=10_000_000)] = 600
    """Limit per customer, and per payment of a mail's link, and API process; with AUTH=jwt."""

    changes_per_minute: Annotated[int, Field(ge=1, le=10_000_000)] = 60
    """Limit of those requests that are not GET."""

    requests_per_minute_and_address: Annotated[int, Field(ge=1, le=10_000_000)] = 6_000
    """Limit per client address and API process for requests without a customer: operators' and
    unauthenticated ones, with AUTH=none all.
    """

    streams_per_customer: Annotated[int, Field(ge=1, le=10_000)] = 20
    """Limit of open event streams per customer and API process, with AUTH=jwt."""

    streams_per_address: Annotated[int, Field(ge=1, le=10_000)] = 100
    """The same per client address, for requests without a customer."""

    card_updates_per_day: Annotated[int, Field(ge=1, le=1_000_000)] = 10
    """Limit per payment within any 24 hours, over all API processes."""

    card_updates_per_day_and_customer: Annotated[int, Field(ge=1, le=1_000_000)] = 30
    """The same per customer, over all their payments."""

    card_charges_per_day_and_customer: Annotated[int, Field(ge=1, le=1_000_000)] = 100
    """Limit of the charges that card updates may cause: each may charge every open payment once."""

    open_orders_per_customer: Annotated[int, Field(ge=1, le=1_000_000)] = 100
    """Limit of orders that have not ended, over all API processes."""

    open_payments_per_customer: Annotated[int, Field(ge=1, le=1_000_000)] = 100
    """The same of payments, those of orders included; checked when a payment is requested."""

    unpaid_pieces_per_customer: Annotated[int, Field(ge=1, le=1_000_000_000)] = 20
    """Limit of pieces held by orders that take goods before they are paid, until they are paid."""

    metrics_address: SocketAddress = ""
    """`address:port` at which the worker serves Prometheus metrics; empty disables them."""

    max_concurrent_activities: Annotated[int, Field(ge=1, le=1_000)] = 10
    """Limit per bounded context and worker process; the same limit applies to local activities."""

    drain_seconds: Annotated[float, Field(ge=0, le=600, allow_inf_nan=False)] = 20.0
    """How long running activities may continue after SIGTERM."""

    build_id: Annotated[
        str,
        Field(
            pattern=f"^({BUILD_ID_PATTERN})?$",
            description="the worker's release: letters, digits, '.', '_' and '-', 63 at most",
        ),
    ] = ""
    """The worker's version in its Worker Deployments; empty, it takes tasks as any other worker."""
