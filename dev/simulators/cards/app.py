"""The endpoints of the card provider."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from dev.simulators.cards.charges import Charges
from dev.simulators.cards.charging import Banks, Charging
from dev.simulators.cards.customers import Customers
from dev.simulators.cards.disputes import DisputeRoutes
from dev.simulators.cards.intents import Intents
from dev.simulators.cards.notices import Notices
from dev.simulators.cards.objects import Objects
from dev.simulators.cards.payment_methods import PaymentMethods
from dev.simulators.cards.protocol import idempotency, webhooks
from dev.simulators.cards.protocol.errors import InvalidRequestError, StripeError
from dev.simulators.cards.protocol.idempotency import Idempotency
from dev.simulators.cards.protocol.search import Search
from dev.simulators.cards.protocol.webhooks import Endpoint, Webhooks
from dev.simulators.cards.protocol.wire import Access, answer_error
from dev.simulators.cards.refunds import Refunds
from dev.simulators.cards.store.disputes import Disputes
from dev.simulators.cards.store.schema import SCHEMA, migrate
from dev.simulators.cards.store.state import State
from dev.simulators.cards.store.wallets import Wallets
from dev.simulators.cards.stripe_js import StripeJs
from dev.simulators.cards.third_parties import ThirdParties
from dev.simulators.cards.unsupported import Unsupported
from dev.simulators.database import Database
from dev.simulators.faults import Faults, FaultyHttp


class CardProvider:
    """Stripe's endpoints over one SQLite file."""

    def __init__(  # noqa: PLR0913  its settings
        self,
        path: Path,
        secret_key: str,
        key_window_seconds: float,
        endpoint: Endpoint | None = None,
        *,
        search_lag_seconds: float = 0,
        settlement_currency: str = "eur",
    ) -> None:
        """Opens the database; `secret_key` is the only valid API key; `endpoint` gets webhooks."""
        database = Database(path, SCHEMA + idempotency.SCHEMA + webhooks.SCHEMA)
        migrate(database)
        self._faults = Faults()
        access = Access(secret_key, self._faults)
        self._webhooks = Webhooks(database, endpoint, livemode=access.livemode)
        once = Idempotency(database, self._faults, key_window_seconds)
        state = State(database)
        wallets, disputes = Wallets(state), Disputes(state)
        objects = Objects(state, wallets, disputes, access.livemode)
        notices = Notices(self._webhooks, objects)
        charging = Charging(state, wallets, disputes, Banks(), objects, notices)
        search = Search(search_lag_seconds)
        settlement = settlement_currency.lower()
        self._routes = [
            *Customers(access, state, wallets, once, objects, search).routes(),
            *PaymentMethods(access, state, wallets, once, objects).routes(),
            *Intents(access, state, once, objects, charging, search, settlement).routes(),
            *Charges(access, state, objects).routes(),
            *Refunds(access, state, once, objects, notices).routes(),
            *DisputeRoutes(access, state, disputes, objects).routes(),
            *Unsupported(access).routes(),
            *ThirdParties(database, charging).routes(),
            *StripeJs(database, charging).routes(),
            *search.routes(),
        ]

    def asgi(self) -> ASGIApp:
        """The application to serve."""
        routes = [
            Route("/healthz", _healthz),
            *self._routes,
            Route("/_webhooks", self._webhooks.serve, methods=["GET", "POST", "DELETE"]),
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


async def _healthz(_request: Request) -> Response:
    return JSONResponse({"status": "ok"})


async def _unrecognized(request: Request) -> Response:
    message = f"Unrecognized request URL ({request.method}: {request.url.path})."
    raise InvalidRequestError(message, status=404)
