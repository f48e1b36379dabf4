"""Prometheus metrics of requests, accepted orders and payments, mails and dependencies."""

import logging
from collections.abc import Mapping
from functools import partial
from time import perf_counter

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.dependency_health import DATABASE, TEMPORAL, DependencyHealth
from domain.disputes import DisputeKind
from storage.outbox import Backlog

log = logging.getLogger(__name__)

_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
"""Any other method is counted as OTHER: a client may invent names, even card numbers."""

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """The metrics of one application, separate from any other in the process."""

    def __init__(self, dependency_health: DependencyHealth) -> None:
        """Every counter starts at zero; `dependency_health` provides `dependency_up`."""
        self._registry = CollectorRegistry()
        self._seconds = Histogram(
            "http_request_duration_seconds",
            "Until the response's headers were sent.",
            ["method", "route", "status"],
            buckets=_SECONDS,
            registry=self._registry,
        )
        self.orders = Counter(
            "orders_accepted", "Orders started.", ["policy"], registry=self._registry
        )
        self.payments = Counter(
            "payments_accepted", "Payments started without an order.", registry=self._registry
        )
        self.webhooks_ignored = Counter(
            "webhooks_ignored",
            "Events of another mode or account than our API key's.",
            ["reason"],
            registry=self._registry,
        )
        for reason in ("livemode", "account"):
            self.webhooks_ignored.labels(reason)
        self._disputes = Gauge(
            "disputes_open",
            "Disputes and early fraud warnings that are not closed.",
            ["kind"],
            registry=self._registry,
        )

        self._mails = Gauge("mails_waiting", "Mails to be sent.", registry=self._registry)
        self._mails_seconds = Gauge(
            "mails_waiting_seconds",
            "Seconds since the oldest of them was queued that could be sent.",
            registry=self._registry,
        )
        self._mails_parked = Gauge(
            "mails_parked", "Mails that can't be sent.", registry=self._registry
        )
        self._refunds = Gauge(
            "refunds_owed",
            "Refunds that were refused or failed, and wait for an operator.",
            registry=self._registry,
        )
        up = Gauge(
            "dependency_up",
            "0 from the first failed use until it is available again.",
            ["dependency"],
            registry=self._registry,
        )
        for label, name in (("temporal", TEMPORAL), ("database", DATABASE)):
            up.labels(label).set_function(partial(_up, dependency_health, name))

    def set_mails(self, backlog: Backlog) -> None:
        """Set how many mails wait now, how long, and how many are parked."""
        self._mails.set(backlog.mails)
        self._mails_seconds.set(backlog.seconds)
        self._mails_parked.set(backlog.parked)

    def set_disputes(self, open_by_kind: Mapping[DisputeKind, int]) -> None:
        """Set how many of each kind are open now."""
        for kind, disputes in open_by_kind.items():
            self._disputes.labels(kind).set(disputes)

    def set_refunds(self, owed: int) -> None:
        """Set how many refunds wait for an operator now."""
        self._refunds.set(owed)

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Record the response to one request."""
        self._seconds.labels(method, route, str(status)).observe(seconds)

    def text(self) -> str:
        """In Prometheus's text format."""
        return generate_latest(self._registry).decode()


def _up(dependency_health: DependencyHealth, name: str) -> float:
    return 0.0 if dependency_health.is_unavailable(name) else 1.0


class MetricsMiddleware:
    """Measures and logs every request by its route's template: a path may contain anything."""

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
        responded = False

        def record(status: int) -> None:
            seconds = perf_counter() - started
            route = getattr(scope.get("route"), "path", "unknown")
            self._metrics.observe(method, route, status, seconds)
            log.info("%s %s %d %.0f ms", method, route, status, 1000 * seconds)

        async def recording_send(message: Message) -> None:
            nonlocal responded
            if message["type"] == "http.response.start":
                responded = True
                record(message["status"])
            await send(message)

        try:
            await self._app(scope, receive, recording_send)
        except Exception:
            if not responded:
                record(500)
            raise
