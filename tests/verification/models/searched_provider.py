"""The card provider's simulator in this process: its time and the faults of its network are played.

The gateway is the real one, so are the SDK and what the simulator makes of its requests.
"""

import asyncio
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx
import stripe

from dev.simulators.cards.app import CardProvider as Simulator
from gateways.stripe_cards import StripeCards
from gateways.stripe_client import API_VERSION
from tests.support.simulators import SECRET_KEY

URL = "http://cards.test"
KEY_WINDOW = timedelta(hours=24)
SEARCH_LAG = timedelta(hours=1)


class Fault(StrEnum):
    """What becomes of one request, or of its answer."""

    NONE = "none"
    LOST_REQUEST = "lost_request"
    LOST_ANSWER = "lost_answer"
    DOWN = "down"
    RATE_LIMIT = "rate_limit"
    LOCK_TIMEOUT = "lock_timeout"
    ERROR_BEFORE_EFFECT = "error_before_effect"
    ERROR_AFTER_EFFECT = "error_after_effect"


_SWITCHED: Mapping[Fault, dict[str, object]] = {
    Fault.DOWN: {"mode": "down"},
    Fault.RATE_LIMIT: {"mode": "rate_limit"},
    Fault.LOCK_TIMEOUT: {"mode": "lock_timeout"},
    Fault.ERROR_BEFORE_EFFECT: {"mode": "error_500"},
    Fault.ERROR_AFTER_EFFECT: {"mode": "error_500", "after_effect": True},
}


class SearchedProvider:
    """A simulator whose search is an hour behind; `now` is its time.

    `before` is called before each of the gateway's requests, and says what becomes of it.
    """

    def __init__(self, folder: Path, now: datetime) -> None:
        """With an SQLite file in the folder."""
        self.now = now
        self.before: Callable[[], Fault] = lambda: Fault.NONE
        self.requests = 0
        simulator = Simulator(
            folder / "cards.db",
            SECRET_KEY,
            KEY_WINDOW.total_seconds(),
            search_lag_seconds=SEARCH_LAG.total_seconds(),
        )
        self._loop = asyncio.Runner()
        transport = httpx.ASGITransport(simulator.asgi())
        self._http = httpx.AsyncClient(transport=transport, base_url=URL, auth=(SECRET_KEY, ""))
        self.cards = _Cards(_Network(self))

    def timestamp(self) -> float:
        """The simulator's time, in seconds since 1970."""
        return self.now.timestamp()

    def intents_of(self, payment_id: str) -> list[dict[str, Any]]:
        """The PaymentIntents that bear exactly this payment's id; a list is never behind."""
        listed = self.send("GET", "/v1/payment_intents?limit=20").json()["data"]
        return [one for one in listed if one["metadata"].get("payment") == payment_id]

    def send(self, method: str, path: str, **content: Any) -> httpx.Response:
        """A request that nothing goes wrong with."""
        return self._loop.run(self._http.request(method, path, **content))

    def send_through(
        self, fault: Fault, method: str, url: str, headers: Any, body: Any
    ) -> httpx.Response:
        """A request of the gateway. Raises `stripe.APIConnectionError` if an answer is lost."""
        self.requests += 1
        if fault is Fault.LOST_REQUEST:
            raise stripe.APIConnectionError("lost")
        if fault in _SWITCHED:
            self.send("POST", "/_faults", json=_SWITCHED[fault] | {"times": 1})
        answer = self.send(method, url, headers=dict(headers), content=body)
        if fault in _SWITCHED:
            self.send("DELETE", "/_faults")
        if fault is Fault.LOST_ANSWER:
            raise stripe.APIConnectionError("lost")
        return answer

    def close(self) -> None:
        """End the loop of its requests."""
        self._loop.run(self._http.aclose())
        self._loop.close()


@contextmanager
def searched_provider(folder: Path, now: datetime) -> Generator[SearchedProvider]:
    """With the simulator's time in place of the computer's."""
    provider = SearchedProvider(folder, now)
    with patch("time.time", provider.timestamp):
        yield provider
    provider.close()


class _Cards(StripeCards):
    """The gateway over another network."""

    def __init__(self, network: stripe.HTTPClient) -> None:
        self._stripe = stripe.StripeClient(
            SECRET_KEY,
            stripe_version=API_VERSION,
            base_addresses={"api": URL},
            max_network_retries=0,
            http_client=network,
        ).v1


class _Network(stripe.HTTPClient):
    name = "network"

    def __init__(self, provider: SearchedProvider) -> None:
        super().__init__()
        self._provider = provider

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        fault = self._provider.before()
        answer = self._provider.send_through(fault, method.upper(), url, headers or {}, post_data)
        return answer.text, answer.status_code, answer.headers

    def close(self) -> None:
        """Nothing is open."""
