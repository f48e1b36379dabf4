"""Refunds: https://docs.stripe.com/api/refunds."""

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dev.simulators.cards import lists, objects
from dev.simulators.cards.errors import InvalidRequestError, missing, too_low
from dev.simulators.cards.form_parameters import Form
from dev.simulators.cards.idempotency import Idempotency
from dev.simulators.cards.state import Filter, Intent, Refund, State
from dev.simulators.cards.third_parties import notify_of_refund
from dev.simulators.cards.webhooks import Webhooks
from dev.simulators.cards.wire import (
    answer_call,
    answer_list,
    answer_object,
    authorize,
    read_call,
)

CREATE_REFUND = frozenset({"amount", "charge", "expand", "metadata", "payment_intent", "reason"})


@dataclass(frozen=True)
class Refunds:
    """Serves refunds to callers with the secret key."""

    secret_key: str
    state: State
    idempotency: Idempotency
    webhooks: Webhooks

    def routes(self) -> list[Route]:
        """Creating, listing and getting refunds."""
        return [
            Route("/v1/refunds", self.create_refund, methods=["POST"]),
            Route("/v1/refunds", self.list_refunds),
            Route("/v1/refunds/{id}", self.get_refund),
        ]

    async def create_refund(self, request: Request) -> Response:
        """`POST /v1/refunds`: refunds a charge, by default all of it that was not refunded yet."""
        authorize(request, self.secret_key)
        form = Form((await request.body()).decode())
        form.allow(CREATE_REFUND)
        amount = form.integer("amount")
        if amount is not None and amount < 1:
            raise too_low("amount")
        if not form.text("payment_intent") and not form.text("charge"):
            raise InvalidRequestError(
                "One of the following params should be provided for this request: "
                "payment_intent or charge."
            )

        def refund() -> dict[str, Any]:
            intent = self._refundable(form)
            left = intent.amount - self.state.refunded(intent)
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
            given = self.state.add_refund(
                intent,
                left if amount is None else amount,
                form.text("reason"),
                form.texts("metadata"),
            )
            notify_of_refund(self.webhooks, self.state, given, intent)
            return objects.refund(given, intent)

        call = read_call(request, form)
        return answer_call(await self.idempotency.once(call, refund), call)

    async def get_refund(self, request: Request) -> Response:
        """`GET /v1/refunds/{id}`."""
        authorize(request, self.secret_key)
        id = request.path_params["id"]
        found = self.state.refunds(Filter("id = ?", [id]), limit=1)
        if not found:
            raise missing("refund", id, param="refund")
        return answer_object(self._refund(found[0]))

    async def list_refunds(self, request: Request) -> Response:
        """`GET /v1/refunds`."""
        authorize(request, self.secret_key)
        form = Form(request.url.query)
        form.allow((*lists.PAGING, "payment_intent"))
        found, more = lists.list_refunds(self.state, form)
        return answer_list(request, [self._refund(refund) for refund in found], has_more=more)

    def _refund(self, refund: Refund) -> dict[str, Any]:
        return objects.refund(refund, self.state.intent_of_refund(refund))

    def _refundable(self, form: Form) -> Intent:
        if charge := form.text("charge"):
            intent = self.state.intent_of_charge(charge)
            if not intent:
                raise missing("charge", charge, param="charge")
        else:
            id = form.required("payment_intent")
            intent = self.state.intent(id)
            if not intent:
                raise missing("payment_intent", id, param="payment_intent")
        if intent.status != "succeeded":
            raise InvalidRequestError(
                f"This PaymentIntent ({intent.id}) does not have a successful charge to refund.",
                param="payment_intent",
            )
        return intent


def _money(amount: int, intent: Intent) -> str:
    return f"{intent.currency.upper()} {amount // 100}.{amount % 100:02}"
