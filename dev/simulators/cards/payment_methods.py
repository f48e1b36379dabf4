"""PaymentMethods: https://docs.stripe.com/api/payment_methods.

A test token is no id: each time it is used, it makes a new PaymentMethod.
"""

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dev.simulators.cards.declines import Decline
from dev.simulators.cards.objects import Objects
from dev.simulators.cards.protocol.errors import InvalidRequestError, StripeError, missing
from dev.simulators.cards.protocol.form_parameters import Form
from dev.simulators.cards.protocol.idempotency import Idempotency
from dev.simulators.cards.protocol.lists import PAGING, Page
from dev.simulators.cards.protocol.wire import (
    Access,
    answer_call,
    answer_list,
    answer_object,
    read_call,
    read_form,
)
from dev.simulators.cards.store.state import State
from dev.simulators.cards.store.stored_objects import Filter, PaymentMethod
from dev.simulators.cards.store.wallets import Wallets
from dev.simulators.cards.tokens import CARDS


@dataclass(frozen=True)
class PaymentMethods:
    """Serves PaymentMethods."""

    access: Access
    state: State
    wallets: Wallets
    once: Idempotency
    objects: Objects

    def routes(self) -> list[Route]:
        """Getting, listing, attaching and detaching them."""
        return [
            Route("/v1/payment_methods", self.list),
            Route("/v1/payment_methods/{id}", self.get),
            Route("/v1/payment_methods/{id}/attach", self.attach, methods=["POST"]),
            Route("/v1/payment_methods/{id}/detach", self.detach, methods=["POST"]),
            Route("/v1/customers/{customer}/payment_methods", self.list),
            Route("/v1/customers/{customer}/payment_methods/{id}", self.get),
        ]

    async def get(self, request: Request) -> Response:
        """`GET /v1/payment_methods/{id}`; also below a customer."""
        self.access.admit(request)
        method = self._method(id := request.path_params["id"])
        owner = request.path_params.get("customer")
        if owner and method.customer != owner:
            raise missing("PaymentMethod", id, param="payment_method")
        return answer_object(self.objects.payment_method(method))

    async def list(self, request: Request) -> Response:
        """`GET /v1/payment_methods?customer=`, `GET /v1/customers/{id}/payment_methods`."""
        self.access.admit(request)
        form = Form(request.url.query)
        form.allow((*PAGING, "customer", "type"))
        owner = request.path_params.get("customer") or form.required("customer")
        if not self.wallets.customer(owner):
            raise missing("customer", owner, param="customer")
        attached = Filter("customer = ?", [owner])
        page = Page(form, self.state, "payment_methods", "PaymentMethod", attached)
        found, more = page.read(self.wallets.methods)
        if form.text("type") not in {None, "card"}:
            found, more = [], False
        shown = [self.objects.payment_method(one) for one in found]
        return answer_list(request, shown, has_more=more)

    async def attach(self, request: Request) -> Response:
        """`POST /v1/payment_methods/{id}/attach`; the bank of a declining card refuses it."""
        self.access.admit(request)
        form = await read_form(request, ("customer", "expand"))
        customer, id = form.text("customer"), request.path_params["id"]
        if customer is None:
            message = "Must provide customer or customer_account."
            raise InvalidRequestError(message, code="parameter_missing")

        def attach() -> dict[str, Any]:
            if not self.wallets.customer(customer):
                raise missing("customer", customer, param="customer", status=400)
            method = self._method(id)
            if method.customer == customer:
                return self.objects.payment_method(method)
            if method.customer:
                raise InvalidRequestError(
                    "The payment method you provided has already been attached to a customer."
                )
            if method.spent:
                raise InvalidRequestError(
                    "This PaymentMethod was previously used without being attached to a Customer "
                    "or was detached from a Customer, and may not be used again."
                )
            card = CARDS[method.token]
            if card.decline and not card.attaches:
                raise _declined(card.decline)
            attached = self.wallets.attach(method, customer, set_up=False)
            return self.objects.payment_method(attached)

        call = read_call(request, form, id if id not in CARDS else None)
        return answer_call(await self.once.once(call, attach), call)

    async def detach(self, request: Request) -> Response:
        """`POST /v1/payment_methods/{id}/detach`."""
        self.access.admit(request)
        form = await read_form(request, ("expand",))
        id = request.path_params["id"]

        def detach() -> dict[str, Any]:
            method = self._method(id)
            if not method.customer:
                raise InvalidRequestError(
                    "The payment method you provided is not attached to a customer so detachment "
                    "is impossible."
                )
            return self.objects.payment_method(self.wallets.detach(method))

        call = read_call(request, form, id)
        return answer_call(await self.once.once(call, detach), call)

    def _method(self, id: str) -> PaymentMethod:
        if id in CARDS:
            return self.wallets.add_method(id)
        method = self.wallets.method(id)
        if not method:
            raise missing("PaymentMethod", id, param="payment_method")
        return method


def _declined(decline: Decline) -> StripeError:
    return StripeError(
        402,
        decline.type,
        decline.message,
        code=decline.code,
        decline_code=decline.decline_code,
        advice_code=decline.advice_code,
        network_decline_code=decline.network_decline_code,
        network_advice_code=decline.network_advice_code,
        param=decline.param,
    )
