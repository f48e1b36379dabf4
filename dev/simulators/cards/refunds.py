"""Refunds: https://docs.stripe.com/api/refunds."""

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dev.simulators.cards.currencies import check_decimals, written
from dev.simulators.cards.notices import Notices
from dev.simulators.cards.objects import Objects
from dev.simulators.cards.protocol.errors import InvalidRequestError, missing, too_low
from dev.simulators.cards.protocol.form_parameters import Form
from dev.simulators.cards.protocol.idempotency import Idempotency
from dev.simulators.cards.protocol.lists import OF_PAYMENT, Page, of_payment
from dev.simulators.cards.protocol.wire import (
    Access,
    answer_call,
    answer_list,
    answer_object,
    read_call,
    read_form,
)
from dev.simulators.cards.store.state import State
from dev.simulators.cards.store.stored_objects import Intent
from dev.simulators.cards.tokens import CARDS

CREATE_REFUND = frozenset({"amount", "charge", "expand", "metadata", "payment_intent", "reason"})
REASONS = ("duplicate", "fraudulent", "requested_by_customer")


@dataclass(frozen=True)
class Refunds:
    """Serves refunds."""

    access: Access
    state: State
    once: Idempotency
    objects: Objects
    notices: Notices

    def routes(self) -> list[Route]:
        """Creating, listing and getting refunds."""
        return [
            Route("/v1/refunds", self.create_refund, methods=["POST"]),
            Route("/v1/refunds", self.list_refunds),
            Route("/v1/refunds/{id}", self.get_refund),
        ]

    async def create_refund(self, request: Request) -> Response:
        """`POST /v1/refunds`: refunds a charge, by default all of it that was not refunded yet."""
        self.access.admit(request)
        form = await read_form(request, CREATE_REFUND)
        amount, reason = form.integer("amount"), form.choice("reason", REASONS)
        if amount is not None and amount < 1:
            raise too_low("amount")
        if not form.text("payment_intent") and not form.text("charge"):
            raise InvalidRequestError(
                "One of the following params should be provided for this request: "
                "payment_intent or charge."
            )
        refunded = self._find(form)

        def refund() -> dict[str, Any]:
            intent = self._refundable(form)
            left = self._left(intent)
            if amount is not None:
                check_decimals(amount, intent.currency)
                if amount > left:
                    raise _above(amount, left, intent)
            token = self.objects.wallets.known_method(intent.payment_method).token
            given = self.state.add_refund(
                intent,
                left if amount is None else amount,
                reason,
                form.texts("metadata"),
                CARDS[token].refund_status,
            )
            self.notices.new_refund(given, intent)
            return self.objects.refund(given)

        call = read_call(request, form, refunded.id if refunded else None)
        return answer_call(await self.once.once(call, refund), call)

    async def get_refund(self, request: Request) -> Response:
        """`GET /v1/refunds/{id}`."""
        self.access.admit(request)
        found = self.state.refund(id := request.path_params["id"])
        if not found:
            raise missing("refund", id, param="refund")
        return answer_object(self.objects.refund(found))

    async def list_refunds(self, request: Request) -> Response:
        """`GET /v1/refunds`."""
        self.access.admit(request)
        form = Form(request.url.query)
        form.allow(OF_PAYMENT)
        page = Page(form, self.state, "refunds", "refund", *of_payment(form))
        found, more = page.read(self.state.refunds)
        return answer_list(request, [self.objects.refund(one) for one in found], has_more=more)

    def _find(self, form: Form) -> Intent | None:
        if charge := form.text("charge"):
            return self.state.intent_of_charge(charge)
        return self.state.intent(form.required("payment_intent"))

    def _refundable(self, form: Form) -> Intent:
        intent = self._find(form)
        if not intent:
            kind, param = ("charge", "id") if form.text("charge") else 2 * ("payment_intent",)
            raise missing(kind, form.required(kind), param=param)
        if intent.status != "succeeded":
            raise InvalidRequestError(
                f"This PaymentIntent ({intent.id}) does not have a successful charge to refund.",
                param="payment_intent",
            )
        dispute = self.objects.disputes.of(intent)
        if dispute and not dispute.is_charge_refundable:
            message = f"Charge {intent.charge} has been charged back; cannot issue a refund."
            raise InvalidRequestError(message, code="charge_disputed")
        return intent

    def _left(self, intent: Intent) -> int:
        left = intent.amount - self.state.refunded(intent)
        if left == 0:
            message = f"Charge {intent.charge} has already been refunded."
            raise InvalidRequestError(message, code="charge_already_refunded")
        return left


def _above(amount: int, left: int, intent: Intent) -> InvalidRequestError:
    kind = "charge amount" if left == intent.amount else "unrefunded amount on charge"
    return InvalidRequestError(
        f"Refund amount ({written(amount, intent.currency)}) is greater than {kind} "
        f"({written(left, intent.currency)})",
        param="amount",
    )
