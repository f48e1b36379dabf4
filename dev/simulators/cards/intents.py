"""PaymentIntents: https://docs.stripe.com/api/payment_intents."""

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dev.simulators.cards import lists, objects
from dev.simulators.cards.errors import InvalidRequestError, missing, too_low
from dev.simulators.cards.form_parameters import Form
from dev.simulators.cards.idempotency import Idempotency
from dev.simulators.cards.state import State, Status
from dev.simulators.cards.third_parties import ThirdParties, notify_of_intent
from dev.simulators.cards.tokens import CARDS
from dev.simulators.cards.webhooks import Webhooks
from dev.simulators.cards.wire import (
    answer_call,
    answer_list,
    answer_object,
    authorize,
    read_call,
)

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

# Minor units; https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts
# Stripe has a minimum too. There is none here: it depends on the currency that the account settles
# in, and the part of a payment that the customer's balance leaves to the card may be a single cent.
LARGEST = 99_999_999


@dataclass(frozen=True)
class Intents:
    """Serves PaymentIntents to callers with the secret key."""

    secret_key: str
    state: State
    idempotency: Idempotency
    webhooks: Webhooks
    third_parties: ThirdParties

    def routes(self) -> list[Route]:
        """`search` comes before `{id}`, as it is no id."""
        return [
            Route("/v1/payment_intents", self.create_intent, methods=["POST"]),
            Route("/v1/payment_intents", self.list_intents),
            Route("/v1/payment_intents/search", self.search_intents),
            Route("/v1/payment_intents/{id}", self.get_intent),
            Route("/v1/payment_intents/{id}/cancel", self.cancel_intent, methods=["POST"]),
        ]

    async def create_intent(self, request: Request) -> Response:
        """`POST /v1/payment_intents` with `confirm=true`: charges a card."""
        authorize(request, self.secret_key)
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
            raise InvalidRequestError("This simulator requires confirm=true.", param="confirm")
        form.flag("error_on_requires_action")
        allowed = form.texts("allowed_payment_method_types").values()
        if allowed and "card" not in allowed:
            raise InvalidRequestError("This simulator accepts only cards.", param="payment_method")
        token, metadata = form.required("payment_method"), form.texts("metadata")

        def charge() -> dict[str, Any]:
            if token not in CARDS:
                raise missing("PaymentMethod", token, param="payment_method", status=400)
            decline = CARDS[token].decline
            accepted: Status = (
                "processing" if self.third_parties.bank_takes_its_time else "succeeded"
            )
            intent = self.state.add_intent(
                amount=amount,
                currency=currency,
                payment_method=token,
                status="requires_payment_method" if decline else accepted,
                failure=decline,
                metadata=metadata,
            )
            notify_of_intent(self.webhooks, intent)
            if decline:
                raise objects.declined(intent)
            return objects.payment_intent(intent)

        call = read_call(request, form)
        return answer_call(await self.idempotency.once(call, charge), call)

    async def get_intent(self, request: Request) -> Response:
        """`GET /v1/payment_intents/{id}`."""
        authorize(request, self.secret_key)
        intent = self.state.intent(id := request.path_params["id"])
        if not intent:
            raise missing("payment_intent", id, param="intent")
        return answer_object(objects.payment_intent(intent))

    async def cancel_intent(self, request: Request) -> Response:
        """`POST /v1/payment_intents/{id}/cancel`."""
        authorize(request, self.secret_key)
        form = Form((await request.body()).decode())
        form.allow(("cancellation_reason", "expand"))
        id = request.path_params["id"]

        def cancel() -> dict[str, Any]:
            intent = self.state.intent(id)
            if not intent:
                raise missing("payment_intent", id, param="intent")
            if intent.status != "requires_payment_method":
                raise InvalidRequestError(
                    "You cannot cancel this PaymentIntent because it has a status of "
                    f"{intent.status}.",
                    code="payment_intent_unexpected_state",
                )
            canceled = self.state.change_intent(intent, "canceled", None)
            notify_of_intent(self.webhooks, canceled)
            return objects.payment_intent(canceled)

        call = read_call(request, form)
        return answer_call(await self.idempotency.once(call, cancel), call)

    async def list_intents(self, request: Request) -> Response:
        """`GET /v1/payment_intents`."""
        authorize(request, self.secret_key)
        form = Form(request.url.query)
        form.allow(lists.PAGING)
        found, more = lists.list_intents(self.state, form)
        return answer_list(
            request, [objects.payment_intent(intent) for intent in found], has_more=more
        )

    async def search_intents(self, request: Request) -> Response:
        """`GET /v1/payment_intents/search`."""
        authorize(request, self.secret_key)
        form = Form(request.url.query)
        form.allow(("query", "limit", "page", "expand"))
        found, next_page = lists.search_intents(self.state, form)
        return answer_object(
            {
                "object": "search_result",
                "url": request.url.path,
                "has_more": next_page is not None,
                "next_page": next_page,
                "data": [objects.payment_intent(intent) for intent in found],
            }
        )


def _amount(form: Form, currency: str) -> int:
    amount = form.required_integer("amount")
    if amount < 1:
        raise too_low("amount")
    if amount > LARGEST:
        message = f"Amount must be no more than {LARGEST} {currency}."
        raise InvalidRequestError(message, code="amount_too_large", param="amount")
    return amount
