"""The card provider, the carrier and the mailbox, each asked for its own records over HTTP."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import httpx
from pydantic import TypeAdapter

from verification.audit.records import Consignment, Intent, Message, Refund
from verification.audit.sources.addresses import Sources
from verification.audit.violation import WitnessError

R = TypeVar("R")

STRIPE_PAGE = 100
"""The most that the card provider lists at once."""

PAGE = 1000


async def intents(http: httpx.AsyncClient, sources: Sources) -> Sequence[Intent]:
    """Every PaymentIntent of the card provider. Raises `WitnessError`."""
    return await _stripe(http, sources, "payment_intents", Intent)


async def refunds(http: httpx.AsyncClient, sources: Sources) -> Sequence[Refund]:
    """Every refund of the card provider. Raises `WitnessError`."""
    return await _stripe(http, sources, "refunds", Refund)


async def consignments(http: httpx.AsyncClient, sources: Sources) -> Sequence[Consignment]:
    """Every shipment of the carrier. Raises `WitnessError`."""
    url = f"{sources.carrier_url}/shipments"
    return await _pages(http, "the carrier", url, "shipments", Consignment)


async def messages(http: httpx.AsyncClient, sources: Sources) -> Sequence[Message]:
    """Everything in every mailbox. Raises `WitnessError`."""
    url = f"{sources.mailbox_url}/messages"
    return await _pages(http, "the mailbox", url, "messages", Message)


async def _stripe(
    http: httpx.AsyncClient, sources: Sources, objects: str, kind: type[R]
) -> list[R]:
    url = f"{sources.stripe_api_base.rstrip('/')}/v1/{objects}"
    found: list[R] = []
    more: dict[str, Any] = {}
    record = TypeAdapter(kind)
    with _understood("the card provider"):
        while True:
            params = {"limit": STRIPE_PAGE} | more
            page = await _get(http, url, params, sources.stripe_api_key)
            found += [record.validate_python(one) for one in page["data"]]
            if not page["has_more"]:
                return found
            more = {"starting_after": page["data"][-1]["id"]}


async def _pages(http: httpx.AsyncClient, who: str, url: str, name: str, kind: type[R]) -> list[R]:
    found: list[R] = []
    record = TypeAdapter(kind)
    after: int | None = 0
    with _understood(who):
        while after is not None:
            page = await _get(http, url, {"after": after, "limit": PAGE})
            found += [record.validate_python(one) for one in page[name]]
            after = page["next"]
    return found


@contextmanager
def _understood(who: str) -> Generator[None]:
    """Whoever is away, refuses, or answers with what is no record can't be read."""
    try:
        yield
    except (httpx.HTTPError, ValueError, LookupError, TypeError) as error:
        raise WitnessError(f"Cannot read {who}: {type(error).__name__}: {error}") from error


async def _get(
    http: httpx.AsyncClient, url: str, params: dict[str, Any], user: str | None = None
) -> dict[str, Any]:
    answer = await http.get(url, params=params, auth=(user, "") if user else None)
    answer.raise_for_status()
    return answer.json()
