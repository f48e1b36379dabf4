"""Settings: how much of what a process does at once, and how often."""

from typing import Annotated

from pydantic import Field

from config.section import Section


class Capacity(Section):
    """Limits of requests, streams, card updates and activities."""

    max_body_bytes: Annotated[int, Field(gt=0)] = 65_536
    """Size limit of a request's body."""

    requests_per_minute: Annotated[int, Field(gt=0)] = 600
    """Limit per customer and API process, with AUTH=jwt."""

    changes_per_minute: Annotated[int, Field(gt=0)] = 60
    """Limit of those requests that are not GET."""

    requests_per_minute_and_address: Annotated[int, Field(gt=0)] = 6_000
    """Limit per client address and API process for requests without a customer: operators' and
    unauthenticated ones, with AUTH=none all.
    """

    streams_per_customer: Annotated[int, Field(gt=0)] = 20
    """Limit of open event streams per customer and API process, with AUTH=jwt."""

    streams_per_address: Annotated[int, Field(gt=0)] = 100
    """The same per client address, for requests without a customer."""

    card_updates_per_day: Annotated[int, Field(gt=0)] = 10
    """Limit per payment within any 24 hours, over all API processes."""

    card_updates_per_day_and_customer: Annotated[int, Field(gt=0)] = 30
    """The same per customer, over all their payments."""

    metrics_address: str | None = None
    """`host:port` at which the worker serves Prometheus metrics; None disables them."""

    max_concurrent_activities: Annotated[int, Field(gt=0)] = 10
    """Limit per bounded context and worker process; the same limit applies to local activities."""

    drain_seconds: Annotated[float, Field(ge=0)] = 20.0
    """How long running activities may continue after SIGTERM."""
