"""The endpoints of the card provider."""

import base64
import binascii
import hmac
import secrets
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from simulators.cards import idempotency, listing, objects, state
from simulators.cards.errors import InvalidRequest, StripeError, Unauthorized, missing
from simulators.cards.forms import Form
from simulators.cards.idempotency import Answer, Call, Idempotency
from simulators.cards.state import Intent, State
from simulators.cards.tokens import CARDS, payment_method
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
SMALLEST = {"usd": 50, "eur": 50, "gbp": 30, "chf": 50, "dkk": 250, "sek": 300, "nok": 300}
LARGEST = 99_999_999


class CardProvider:
    """Stripe's endpoints over one SQLite file."""

    def __init__(self, path: Path, secret_key: str, key_window_seconds: float) -> None:
        """Opens the state; `secret_key` is the only API key accepted."""
        self._database = Database(path, state.SCHEMA + idempotency.SCHEMA)
        self._state = State(self._database)
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
            Route("/v1/refunds", self.create_refund, methods=["POST"]),
            Route("/v1/refunds", self.list_refunds),
            Route("/v1/refunds/{id}", self.get_refund),
            Route("/{path:path}", _unrecognized, methods=["GET", "POST", "PUT", "DELETE"]),
        ]
        app = Starlette(routes=routes, exception_handlers={StripeError: _refuse})
        return FaultyHttp(app, self._faults)

    async def get_payment_method(self, request: Request) -> Response:
        """`GET /v1/payment_methods/{id}`."""
        self._authorize(request)
        id = request.path_params["id"]
        if id not in CARDS:
            raise missing("PaymentMethod", id, param="payment_method")
        return _json(payment_method(id))

    async def create_intent(self, request: Request) -> Response:
        """`POST /v1/payment_intents` with `confirm=true`: charges a card."""
        self._authorize(request)
        form = Form((await request.body()).decode())
        if "payment_method_types" in form.values:
            raise InvalidRequest(
                "The payment_method_types parameter is not supported in this API version. "
                "Use allowed_payment_method_types.",
                code="payment_method_types_no_longer_supported",
                param="payment_method_types",
            )
        form.allow(CREATE_INTENT)
        currency = form.required("currency").lower()
        amount = _amount(form, currency)
        if not form.flag("confirm"):
            raise InvalidRequest("This simulator takes confirm=true only.", param="confirm")
        form.flag("error_on_requires_action")
        allowed = form.texts("allowed_payment_method_types").values()
        if allowed and "card" not in allowed:
            raise InvalidRequest("This simulator takes cards only.", param="payment_method")
        token, metadata = form.required("payment_method"), form.texts("metadata")

        def charge() -> dict[str, Any]:
            if token not in CARDS:
                raise missing("PaymentMethod", token, param="payment_method", status=400)
            intent = self._state.add_intent(
                amount=amount,
                currency=currency,
                payment_method=token,
                succeeded=CARDS[token].decline is None,
                metadata=metadata,
            )
            if CARDS[token].decline:
                raise objects.declined(intent)
            return objects.payment_intent(intent)

        call = _call(request, form)
        return _answer(await self._idempotency.once(call, charge), call)

    async def get_intent(self, request: Request) -> Response:
        """`GET /v1/payment_intents/{id}`."""
        self._authorize(request)
        intent = self._state.intent(id := request.path_params["id"])
        if not intent:
            raise missing("payment_intent", id, param="intent")
        return _json(objects.payment_intent(intent))

    async def list_intents(self, request: Request) -> Response:
        """`GET /v1/payment_intents`."""
        self._authorize(request)
        form = Form(request.url.query)
        form.allow(listing.PAGING)
        found, more = listing.list_intents(self._state, form)
        return _list(request, [objects.payment_intent(intent) for intent in found], more)

    async def search_intents(self, request: Request) -> Response:
        """`GET /v1/payment_intents/search`."""
        self._authorize(request)
        form = Form(request.url.query)
        form.allow(("query", "limit", "page", "expand"))
        found, next_page = listing.search_intents(self._state, form)
        return _json(
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
        self._authorize(request)
        form = Form((await request.body()).decode())
        form.allow(CREATE_REFUND)
        amount = form.integer("amount")
        if amount is not None and amount < 1:
            raise _too_low("amount")
        if not form.text("payment_intent") and not form.text("charge"):
            raise InvalidRequest(
                "One of the following params should be provided for this request: "
                "payment_intent or charge."
            )

        def refund() -> dict[str, Any]:
            intent = self._refundable(form)
            left = intent.amount - self._state.refunded(intent)
            if left == 0:
                message = f"Charge {intent.charge} has already been refunded."
                raise InvalidRequest(message, code="charge_already_refunded")
            if amount is not None and amount > left:
                kind = "charge amount" if left == intent.amount else "unrefunded amount on charge"
                raise InvalidRequest(
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
            return objects.refund(given, intent)

        call = _call(request, form)
        return _answer(await self._idempotency.once(call, refund), call)

    async def get_refund(self, request: Request) -> Response:
        """`GET /v1/refunds/{id}`."""
        self._authorize(request)
        id = request.path_params["id"]
        found = self._state.refunds(state.Filter("id = ?", [id]), limit=1)
        if not found:
            raise missing("refund", id, param="refund")
        return _json(self._refund(found[0]))

    async def list_refunds(self, request: Request) -> Response:
        """`GET /v1/refunds`."""
        self._authorize(request)
        form = Form(request.url.query)
        form.allow((*listing.PAGING, "payment_intent"))
        found, more = listing.list_refunds(self._state, form)
        return _list(request, [self._refund(refund) for refund in found], more)

    def _refund(self, refund: state.Refund) -> dict[str, Any]:
        intent = self._state.intent(refund.intent)
        assert intent, "the database refuses a refund of nothing"
        return objects.refund(refund, intent)

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
            raise InvalidRequest(
                f"This PaymentIntent ({intent.id}) does not have a successful charge to refund.",
                param="payment_intent",
            )
        return intent

    def _authorize(self, request: Request) -> None:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "basic":
            try:
                given = base64.b64decode(given).decode().partition(":")[0]
            except (binascii.Error, UnicodeDecodeError):
                given = ""
        if not given:
            raise Unauthorized(
                "You did not provide an API key. You need to provide your API key in the "
                "Authorization header, using Bearer auth or Basic auth."
            )
        if not hmac.compare_digest(given.encode(), self._secret_key.encode()):
            raise Unauthorized("Invalid API Key provided.")


def _amount(form: Form, currency: str) -> int:
    amount = form.required_integer("amount")
    if amount < 1:
        raise _too_low("amount")
    smallest = SMALLEST.get(currency, 1)
    if amount < smallest:
        message = f"Amount must be at least {smallest} {currency} in the smallest currency unit."
        raise InvalidRequest(message, code="amount_too_small", param="amount")
    if amount > LARGEST:
        message = f"Amount must be no more than {LARGEST} {currency}."
        raise InvalidRequest(message, code="amount_too_large", param="amount")
    return amount


def _too_low(param: str) -> InvalidRequest:
    message = "This value must be greater than or equal to 1."
    return InvalidRequest(message, code="parameter_invalid_integer", param=param)


def _money(amount: int, intent: Intent) -> str:
    return f"{intent.currency.upper()} {amount // 100}.{amount % 100:02}"


def _call(request: Request, form: Form) -> Call:
    return Call(
        request=f"req_{secrets.token_hex(7)}",
        endpoint=request.url.path,
        key=request.headers.get("idempotency-key") or None,
        parameters=form.values,
    )


def _answer(answer: Answer, call: Call) -> Response:
    headers = {"Request-Id": call.request}
    if call.key:
        headers |= {
            "Idempotency-Key": call.key,
            "Original-Request": answer.original or call.request,
        }
    if answer.original:
        headers["Idempotent-Replayed"] = "true"
    return JSONResponse(answer.body, status_code=answer.status, headers=headers)


def _json(body: dict[str, Any]) -> Response:
    return JSONResponse(body, headers={"Request-Id": f"req_{secrets.token_hex(7)}"})


def _list(request: Request, data: list[dict[str, Any]], has_more: bool) -> Response:
    return _json({"object": "list", "url": request.url.path, "has_more": has_more, "data": data})


async def _refuse(_request: Request, error: Exception) -> Response:
    assert isinstance(error, StripeError), "registered for nothing else"
    headers = {"Request-Id": f"req_{secrets.token_hex(7)}"}
    return JSONResponse(error.body, status_code=error.status, headers=headers)


async def _healthz(_request: Request) -> Response:
    return JSONResponse({"status": "ok"})


async def _unrecognized(request: Request) -> Response:
    message = f"Unrecognized request URL ({request.method}: {request.url.path})."
    raise InvalidRequest(message, status=404)
