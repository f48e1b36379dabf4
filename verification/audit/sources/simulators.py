"""Reads the records of the card provider, the carrier and the mailbox over HTTP."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import httpx
from pydantic import TypeAdapter

from verification.audit.progress import Progress
from verification.audit.records import Consignment, Dispute, Intent, Message, Refund
from verification.audit.sources.addresses import Sources
from verification.audit.violation import SourceUnavailableError

R = TypeVar("R")

STRIPE_PAGE = 100
"""The most that the card provider lists at once."""

PAGE = 200


async def intents(http: httpx.AsyncClient, sources: Sources) -> Sequence[Intent]:
    """Every PaymentIntent of the card provider. Raises `SourceUnavailableError`."""
    return await _stripe(http, sources, "payment_intents", Intent)


async def refunds(http: httpx.AsyncClient, sources: Sources) -> Sequence[Refund]:
    """Every refund of the card provider. Raises `SourceUnavailableError`."""
    return await _stripe(http, sources, "refunds", Refund)


async def disputes(http: httpx.AsyncClient, sources: Sources) -> Sequence[Dispute]:
    """Every dispute and early fraud warning of the card provider.

    Raises `SourceUnavailableError`.
    """
    warnings = await _stripe(http, sources, "radar/early_fraud_warnings", Dispute)
    return [*await _stripe(http, sources, "disputes", Dispute), *warnings]


async def consignments(http: httpx.AsyncClient, sources: Sources) -> Sequence[Consignment]:
    """Every shipment of the carrier. Raises `SourceUnavailableError`."""
    url = f"{sources.carrier_url}/shipments"
    return await _pages(http, "the carrier", url, "shipments", Consignment)


async def messages(http: httpx.AsyncClient, sources: Sources) -> Sequence[Message]:
    """Every message in every mailbox. Raises `SourceUnavailableError`."""
    url = f"{sources.mailbox_url}/messages"
    return await _pages(http, "the mailbox", url, "messages", Message)


async def _stripe(
    http: httpx.AsyncClient, sources: Sources, objects: str, kind: type[R]
) -> list[R]:
    url = f"{sources.stripe_api_base.rstrip('/')}/v1/{objects}"
    found: list[R] = []
    more: dict[str, Any] = {}
    record = TypeAdapter(kind)
    progress = Progress(f"{objects} of the card provider")
    with _reading("the card provider"):
        while True:
            params = {"limit": STRIPE_PAGE} | more
            page = await _get(http, url, params, sources.stripe_api_key)
            found += [record.validate_python(one) for one in page["data"]]
            progress.add(len(page["data"]))
            if not page["has_more"]:
                return found
            more = {"starting_after": page["data"][-1]["id"]}


async def _pages(http: httpx.AsyncClient, who: str, url: str, name: str, kind: type[R]) -> list[R]:
    found: list[R] = []
    record = TypeAdapter(kind)
    progress = Progress(f"{name} of {who}")
    after: int | None = 0
    with _reading(who):
        while after is not None:
            page = await _get(http, url, {"after": after, "limit": PAGE})
            found += [record.validate_python(one) for one in page[name]]
            progress.add(len(page[name]))
            after = page["next"]
    return found


@contextmanager
def _reading(who: str) -> Generator[None]:
    """Raise `SourceUnavailableError` for a failed request or an answer that is not as expected."""
    try:
        yield
    except (httpx.HTTPError, ValueError, LookupError, TypeError) as error:
        raise SourceUnavailableError(
            f"Cannot read {who}: {type(error).__name__}: {error}"
        ) from error


async def _get(
    http: httpx.AsyncClient, url: str, params: dict[str, Any], user: str | None = None
) -> dict[str, Any]:
    answer = await http.get(url, params=params, auth=(user, "") if user else None)
    answer.raise_for_status()
    return answer.json()
