"""The endpoints of the card provider."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from dev.simulators.cards import idempotency, state, webhooks
from dev.simulators.cards.errors import InvalidRequestError, StripeError, missing
from dev.simulators.cards.idempotency import Idempotency
from dev.simulators.cards.intents import Intents
from dev.simulators.cards.refunds import Refunds
from dev.simulators.cards.state import State
from dev.simulators.cards.third_parties import ThirdParties
from dev.simulators.cards.tokens import CARDS, payment_method
from dev.simulators.cards.webhooks import Endpoint, Webhooks
from dev.simulators.cards.wire import answer_error, answer_object, authorize
from dev.simulators.database import Database
from dev.simulators.faults import Faults, FaultyHttp


class CardProvider:
    """Stripe's endpoints over one SQLite file."""

    def __init__(
        self,
        path: Path,
        secret_key: str,
        key_window_seconds: float,
        endpoint: Endpoint | None = None,
    ) -> None:
        """Opens the database; `secret_key` is the only valid API key; `endpoint` gets webhooks."""
        schema = state.SCHEMA + idempotency.SCHEMA + webhooks.SCHEMA
        database = Database(path, schema)
        stored = State(database)
        self._secret_key = secret_key
        self._faults = Faults()
        self._webhooks = Webhooks(database, endpoint)
        self._third_parties = ThirdParties(database, stored, self._webhooks)
        once = Idempotency(database, self._faults, key_window_seconds)
        self._intents = Intents(secret_key, stored, once, self._webhooks, self._third_parties)
        self._refunds = Refunds(secret_key, stored, once, self._webhooks)

    def asgi(self) -> ASGIApp:
        """The application to serve."""
        routes = [
            Route("/healthz", _healthz),
            Route("/v1/payment_methods/{id}", self.get_payment_method),
            *self._intents.routes(),
            *self._refunds.routes(),
            Route("/_webhooks", self._webhooks.serve, methods=["GET", "POST", "DELETE"]),
            *self._third_parties.routes(),
            Route("/{path:path}", _unrecognized, methods=["GET", "POST", "PUT", "DELETE"]),
        ]
        app = Starlette(
            routes=routes,
            exception_handlers={StripeError: answer_error},
            lifespan=self._sending,
        )
        return FaultyHttp(app, self._faults)

    @asynccontextmanager
    async def _sending(self, app: Starlette) -> AsyncGenerator[None]:
        del app
        async with self._webhooks.sending():
            yield

    async def get_payment_method(self, request: Request) -> Response:
        """`GET /v1/payment_methods/{id}`."""
        authorize(request, self._secret_key)
        id = request.path_params["id"]
        if id not in CARDS:
            raise missing("PaymentMethod", id, param="payment_method")
        return answer_object(payment_method(id))


async def _healthz(_request: Request) -> Response:
    return JSONResponse({"status": "ok"})


async def _unrecognized(request: Request) -> Response:
    message = f"Unrecognized request URL ({request.method}: {request.url.path})."
    raise InvalidRequestError(message, status=404)
