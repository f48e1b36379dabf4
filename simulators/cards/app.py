"""The endpoints of the card provider."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from simulators.cards import idempotency, listing, objects, state, webhooks
from simulators.cards.errors import InvalidRequestError, StripeError, missing
from simulators.cards.forms import Form
from simulators.cards.idempotency import Idempotency
from simulators.cards.people import People, tell_of_intent, tell_of_refund
from simulators.cards.state import Intent, State, Status
from simulators.cards.tokens import CARDS, payment_method
from simulators.cards.webhooks import Endpoint, Webhooks
from simulators.cards.wire import (
    answer_call,
    answer_error,
    answer_list,
    answer_object,
    authorize,
    read_call,
)
from simulators.database import Database
from simulators.faults import Faults, FaultyHttp

CREATE_INTENT = frozenset(
    {
        "allowed_payment_method_types",
        "amount",
        "confirm",
        "currency",
        "description",
        "error_on_requires_action",
        "expand",
        "metadata",
        "off_session",
        "payment_method",
        "statement_descriptor_suffix",
    }
)
CREATE_REFUND = frozenset({"amount", "charge", "expand", "metadata", "payment_intent", "reason"})

# Minor units; https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts
# The minimum is left out, unlike at Stripe: it depends on where the account settles, and what an
# account balance leaves for the card may be a single cent.
LARGEST = 99_999_999


class CardProvider:
    """Stripe's endpoints over one SQLite file."""

    def __init__(
        self,
        path: Path,
        secret_key: str,
        key_window_seconds: float,
        endpoint: Endpoint | None = None,
    ) -> None:
        """Opens the state; `secret_key` is the only API key accepted; `endpoint` gets webhooks."""
        schema = state.SCHEMA + idempotency.SCHEMA + webhooks.SCHEMA
        self._database = Database(path, schema)
        self._state = State(self._database)
        self._webhooks = Webhooks(self._database, endpoint)
        self._people = People(self._database, self._state, self._webhooks)
        self._faults = Faults()
        self._idempotency = Idempotency(self._database, self._faults, key_window_seconds)
        self._secret_key = secret_key

    def asgi(self) -> ASGIApp:
        """The application to serve."""
        routes = [
            Route("/healthz", _healthz),
            Route("/v1/payment_methods/{id}", self.get_payment_method),
            Route("/v1/payment_intents", self.create_intent, methods=["POST"]),
            Route("/v1/payment_intents", self.list_intents),
            Route("/v1/payment_intents/search", self.search_intents),
            Route("/v1/payment_intents/{id}", self.get_intent),
            Route("/v1/payment_intents/{id}/cancel", self.cancel_intent, methods=["POST"]),
            Route("/v1/refunds", self.create_refund, methods=["POST"]),
            Route("/v1/refunds", self.list_refunds),
            Route("/v1/refunds/{id}", self.get_refund),
            Route("/_webhooks", self._webhooks.serve, methods=["GET", "POST", "DELETE"]),
            *self._people.routes(),
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

    async def create_intent(self, request: Request) -> Response:
        """`POST /v1/payment_intents` with `confirm=true`: charges a card."""
        authorize(request, self._secret_key)
        form = Form((await request.body()).decode())
        if "payment_method_types" in form.values:
            raise InvalidRequestError(
                "The payment_method_types parameter is not supported in this API version. "
                "Use allowed_payment_method_types.",
                code="payment_method_types_no_longer_supported",
                param="payment_method_types",
            )
        form.allow(CREATE_INTENT)
        currency = form.required("currency").lower()
        amount = _amount(form, currency)
        if not form.flag("confirm"):
            raise InvalidRequestError("This simulator takes confirm=true only.", param="confirm")
        form.flag("error_on_requires_action")
        allowed = form.texts("allowed_payment_method_types").values()
        if allowed and "card" not in allowed:
            raise InvalidRequestError("This simulator takes cards only.", param="payment_method")
        token, metadata = form.required("payment_method"), form.texts("metadata")

        def charge() -> dict[str, Any]:
            if token not in CARDS:
                raise missing("PaymentMethod", token, param="payment_method", status=400)
            decline = CARDS[token].decline
            taken: Status = "processing" if self._people.bank_takes_its_time else "succeeded"
            intent = self._state.add_intent(
                amount=amount,
                currency=currency,
                payment_method=token,
                status="requires_payment_method" if decline else taken,
                failure=decline,
                metadata=metadata,
            )
            tell_of_intent(self._webhooks, intent)
            if decline:
                raise objects.declined(intent)
            return objects.payment_intent(intent)

        call = read_call(request, form)
        return answer_call(await self._idempotency.once(call, charge), call)

    async def get_intent(self, request: Request) -> Response:
        """`GET /v1/payment_intents/{id}`."""
        authorize(request, self._secret_key)
        intent = self._state.intent(id := request.path_params["id"])
        if not intent:
            raise missing("payment_intent", id, param="intent")
        return answer_object(objects.payment_intent(intent))

    async def cancel_intent(self, request: Request) -> Response:
        """`POST /v1/payment_intents/{id}/cancel`."""
        authorize(request, self._secret_key)
        form = Form((await request.body()).decode())
        form.allow(("cancellation_reason", "expand"))
        id = request.path_params["id"]

        def cancel() -> dict[str, Any]:
            intent = self._state.intent(id)
            if not intent:
                raise missing("payment_intent", id, param="intent")
            if intent.status != "requires_payment_method":
                raise InvalidRequestError(
                    "You cannot cancel this PaymentIntent because it has a status of "
                    f"{intent.status}.",
                    code="payment_intent_unexpected_state",
                )
            canceled = self._state.change_intent(intent, "canceled", None)
            tell_of_intent(self._webhooks, canceled)
            return objects.payment_intent(canceled)

        call = read_call(request, form)
        return answer_call(await self._idempotency.once(call, cancel), call)

    async def list_intents(self, request: Request) -> Response:
        """`GET /v1/payment_intents`."""
        authorize(request, self._secret_key)
        form = Form(request.url.query)
        form.allow(listing.PAGING)
        found, more = listing.list_intents(self._state, form)
        return answer_list(
            request, [objects.payment_intent(intent) for intent in found], has_more=more
        )

    async def search_intents(self, request: Request) -> Response:
        """`GET /v1/payment_intents/search`."""
        authorize(request, self._secret_key)
        form = Form(request.url.query)
        form.allow(("query", "limit", "page", "expand"))
        found, next_page = listing.search_intents(self._state, form)
        return answer_object(
            {
                "object": "search_result",
                "url": request.url.path,
                "has_more": next_page is not None,
                "next_page": next_page,
                "data": [objects.payment_intent(intent) for intent in found],
            }
        )

    async def create_refund(self, request: Request) -> Response:
        """`POST /v1/refunds`: gives money of a charge back, all that is left by default."""
        authorize(request, self._secret_key)
        form = Form((await request.body()).decode())
        form.allow(CREATE_REFUND)
        amount = form.integer("amount")
        if amount is not None and amount < 1:
            raise _too_low("amount")
        if not form.text("payment_intent") and not form.text("charge"):
            raise InvalidRequestError(
                "One of the following params should be provided for this request: "
                "payment_intent or charge."
            )

        def refund() -> dict[str, Any]:
            intent = self._refundable(form)
            left = intent.amount - self._state.refunded(intent)
            if left == 0:
                message = f"Charge {intent.charge} has already been refunded."
                raise InvalidRequestError(message, code="charge_already_refunded")
            if amount is not None and amount > left:
                kind = "charge amount" if left == intent.amount else "unrefunded amount on charge"
                raise InvalidRequestError(
                    f"Refund amount ({_money(amount, intent)}) is greater than {kind} "
                    f"({_money(left, intent)})",
                    param="amount",
                )
            given = self._state.add_refund(
                intent,
                left if amount is None else amount,
                form.text("reason"),
                form.texts("metadata"),
            )
            tell_of_refund(self._webhooks, self._state, given, intent)
            return objects.refund(given, intent)

        call = read_call(request, form)
        return answer_call(await self._idempotency.once(call, refund), call)

    async def get_refund(self, request: Request) -> Response:
        """`GET /v1/refunds/{id}`."""
        authorize(request, self._secret_key)
        id = request.path_params["id"]
        found = self._state.refunds(state.Filter("id = ?", [id]), limit=1)
        if not found:
            raise missing("refund", id, param="refund")
        return answer_object(self._refund(found[0]))

    async def list_refunds(self, request: Request) -> Response:
        """`GET /v1/refunds`."""
        authorize(request, self._secret_key)
        form = Form(request.url.query)
        form.allow((*listing.PAGING, "payment_intent"))
        found, more = listing.list_refunds(self._state, form)
        return answer_list(request, [self._refund(refund) for refund in found], has_more=more)

    def _refund(self, refund: state.Refund) -> dict[str, Any]:
        return objects.refund(refund, self._state.intent_of_refund(refund))

    def _refundable(self, form: Form) -> Intent:
        if charge := form.text("charge"):
            intent = self._state.intent_of_charge(charge)
            if not intent:
                raise missing("charge", charge, param="charge")
        else:
            id = form.required("payment_intent")
            intent = self._state.intent(id)
            if not intent:
                raise missing("payment_intent", id, param="payment_intent")
        if intent.status != "succeeded":
            raise InvalidRequestError(
                f"This PaymentIntent ({intent.id}) does not have a successful charge to refund.",
                param="payment_intent",
            )
        return intent


def _amount(form: Form, currency: str) -> int:
    amount = form.required_integer("amount")
    if amount < 1:
        raise _too_low("amount")
    if amount > LARGEST:
        message = f"Amount must be no more than {LARGEST} {currency}."
        raise InvalidRequestError(message, code="amount_too_large", param="amount")
    return amount


def _too_low(param: str) -> InvalidRequestError:
    message = "This value must be greater than or equal to 1."
    return InvalidRequestError(message, code="parameter_invalid_integer", param=param)


def _money(amount: int, intent: Intent) -> str:
    return f"{intent.currency.upper()} {amount // 100}.{amount % 100:02}"


async def _healthz(_request: Request) -> Response:
    return JSONResponse({"status": "ok"})


async def _unrecognized(request: Request) -> Response:
    message = f"Unrecognized request URL ({request.method}: {request.url.path})."
    raise InvalidRequestError(message, status=404)
