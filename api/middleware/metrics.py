"""What Prometheus gets to know: requests, and what was begun with them."""

import logging
from functools import partial
from time import perf_counter

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.dependency_health import DATABASE, TEMPORAL, Outages
from storage.outbox import Backlog

log = logging.getLogger(__name__)

_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
"""Others are told by one name: clients may make up any, and card numbers are names as well."""

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """One application's figures, apart from those of any other in the process."""

    def __init__(self, outages: Outages) -> None:
        """All at zero; `outages` knows what is away."""
        self._registry = CollectorRegistry()
        self._seconds = Histogram(
            "http_request_duration_seconds",
            "Until the answer's headers were sent.",
            ["method", "route", "status"],
            buckets=_SECONDS,
            registry=self._registry,
        )
        self.orders = Counter(
            "orders_accepted", "Orders started.", ["policy"], registry=self._registry
        )
        self.payments = Counter(
            "payments_accepted", "Payments started by themselves.", registry=self._registry
        )

        self._mails = Gauge("mails_waiting", "Mails to be sent.", registry=self._registry)
        self._mails_seconds = Gauge(
            "mails_waiting_seconds",
            "Since the oldest of them was queued.",
            registry=self._registry,
        )
        up = Gauge(
            "dependency_up",
            "0 from when somebody needed it in vain until it is there again.",
            ["dependency"],
            registry=self._registry,
        )
        for label, name in (("temporal", TEMPORAL), ("database", DATABASE)):
            up.labels(label).set_function(partial(_up, outages, name))

    def note_mails(self, backlog: Backlog) -> None:
        """So many mails wait now."""
        self._mails.set(backlog.mails)
        self._mails_seconds.set(backlog.seconds)

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """One request was answered."""
        self._seconds.labels(method, route, str(status)).observe(seconds)

    def text(self) -> str:
        """In Prometheus's text format."""
        return generate_latest(self._registry).decode()


def _up(outages: Outages, name: str) -> float:
    return 0.0 if outages.is_away(name) else 1.0


class Measured:
    """Measures every request, and logs it by its route's template: paths may hold anything."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        """Measures `app`."""
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        started = perf_counter()
        answered = False

        def answer(status: int) -> None:
            seconds = perf_counter() - started
            route = getattr(scope.get("route"), "path", "unknown")
            self._metrics.observe(method, route, status, seconds)
            log.info("%s %s %d %.0f ms", method, route, status, 1000 * seconds)

        async def watched(message: Message) -> None:
            nonlocal answered
            if message["type"] == "http.response.start":
                answered = True
                answer(message["status"])
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception:
            if not answered:
                answer(500)
            raise
