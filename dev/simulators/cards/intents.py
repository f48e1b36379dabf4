"""PaymentIntents: https://docs.stripe.com/api/payment_intents."""

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dev.simulators.cards import currencies
from dev.simulators.cards.charging import Attempt, Charging
from dev.simulators.cards.objects import Objects
from dev.simulators.cards.protocol.errors import InvalidRequestError, missing
from dev.simulators.cards.protocol.form_parameters import Form
from dev.simulators.cards.protocol.idempotency import Idempotency
from dev.simulators.cards.protocol.lists import PAGING, Page
from dev.simulators.cards.protocol.search import SEARCH, Search
from dev.simulators.cards.protocol.wire import (
    Access,
    answer_call,
    answer_list,
    answer_object,
    answer_search,
    read_call,
    read_form,
)
from dev.simulators.cards.store.state import State
from dev.simulators.cards.store.stored_objects import Filter, Intent
from dev.simulators.cards.unsupported import unsupported

CREATE_INTENT = frozenset(
    {
        "allowed_payment_method_types",
        "amount",
        "confirm",
        "currency",
        "customer",
        "description",
        "error_on_requires_action",
        "expand",
        "metadata",
        "off_session",
        "payment_method",
        "return_url",
        "setup_future_usage",
        "statement_descriptor_suffix",
    }
)

CANCELLATION_REASONS = ("abandoned", "duplicate", "fraudulent", "requested_by_customer")


@dataclass(frozen=True)
class Intents:
    """Serves PaymentIntents; `settlement` is the currency that the account settles in."""

    access: Access
    state: State
    once: Idempotency
    objects: Objects
    charging: Charging
    search: Search
    settlement: str

    def routes(self) -> list[Route]:
        """`search` comes before `{id}`, as it is no id."""
        return [
            Route("/v1/payment_intents", self.create_intent, methods=["POST"]),
            Route("/v1/payment_intents", self.list_intents),
            Route("/v1/payment_intents/search", self.search_intents),
            Route("/v1/payment_intents/{id}", self.update_intent, methods=["POST"]),
            Route("/v1/payment_intents/{id}", self.get_intent),
            Route("/v1/payment_intents/{id}/cancel", self.cancel_intent, methods=["POST"]),
        ]

    async def create_intent(self, request: Request) -> Response:
        """`POST /v1/payment_intents` with `confirm=true`: charges a card."""
        self.access.admit(request)
        form = Form((await request.body()).decode())
        if "payment_method_types" in form.values:
            raise InvalidRequestError(
                "The payment_method_types parameter is not supported in this API version. "
                "Use allowed_payment_method_types.",
                code="payment_method_types_no_longer_supported",
                param="payment_method_types",
            )
        if "capture_method" in form.values:
            raise unsupported("manual capture", param="capture_method")
        form.allow(CREATE_INTENT)
        attempt = self._attempt(form)

        def charge() -> dict[str, Any]:
            return self.charging.charge(attempt)

        call = read_call(request, form)
        return answer_call(await self.once.once(call, charge), call)

    async def get_intent(self, request: Request) -> Response:
        """`GET /v1/payment_intents/{id}`."""
        self.access.admit(request)
        form = Form(request.url.query)
        return answer_object(self._shown(self._intent(request), form))

    async def update_intent(self, request: Request) -> Response:
        """`POST /v1/payment_intents/{id}`: only metadata can be changed here."""
        self.access.admit(request)
        form = await read_form(request, ("metadata", "expand"))
        id = self._intent(request).id

        def update() -> dict[str, Any]:
            changes = form.texts("metadata")
            changed = self.state.change_metadata(self.state.known_intent(id), changes)
            return self.objects.payment_intent(changed)

        call = read_call(request, form, id)
        return answer_call(await self.once.once(call, update), call)

    async def cancel_intent(self, request: Request) -> Response:
        """`POST /v1/payment_intents/{id}/cancel`."""
        self.access.admit(request)
        form = await read_form(request, ("cancellation_reason", "expand"))
        reason = form.choice("cancellation_reason", CANCELLATION_REASONS)
        id = self._intent(request).id

        def cancel() -> dict[str, Any]:
            intent = self.state.known_intent(id)
            if intent.status not in {"requires_payment_method", "requires_action"}:
                raise InvalidRequestError(
                    f"You cannot cancel this PaymentIntent because it has a status of "
                    f"{intent.status}. Only a PaymentIntent with one of the following statuses may "
                    "be canceled: requires_payment_method, requires_capture, "
                    "requires_reauthorization, requires_confirmation, requires_action, expired, "
                    "processing.",
                    code="payment_intent_unexpected_state",
                    payment_intent=self.objects.payment_intent(intent),
                )
            canceled = self.state.change_intent(intent, "canceled", None, reason)
            self.charging.notices.intent(canceled)
            return self.objects.payment_intent(canceled)

        call = read_call(request, form, id)
        return answer_call(await self.once.once(call, cancel), call)

    async def list_intents(self, request: Request) -> Response:
        """`GET /v1/payment_intents`."""
        self.access.admit(request)
        form = Form(request.url.query)
        form.allow((*PAGING, "customer"))
        filters = [Filter("customer = ?", [one])] if (one := form.text("customer")) else []
        page = Page(form, self.state, "payment_intents", "payment_intent", *filters)
        found, more = page.read(self.state.intents)
        return answer_list(request, [self._shown(one, form) for one in found], has_more=more)

    async def search_intents(self, request: Request) -> Response:
        """`GET /v1/payment_intents/search`."""
        self.access.admit(request)
        form = Form(request.url.query)
        form.allow(SEARCH)
        fields = ("status", "customer", "currency")
        found, next_page = self.search.find(form, fields, self.state.intents)
        return answer_search(request, [self._shown(one, form) for one in found], next_page)

    def _attempt(self, form: Form) -> Attempt:
        currency = form.required("currency").lower()
        amount = form.required_integer("amount")
        currencies.check(amount, currency, self.settlement)
        if not form.flag("confirm"):
            raise unsupported("PaymentIntents that are confirmed later", param="confirm")
        allowed = form.texts("allowed_payment_method_types").values()
        if allowed and "card" not in allowed:
            raise InvalidRequestError("This simulator accepts only cards.", param="payment_method")
        off_session = form.choice("off_session", ("true", "false", "one_off", "recurring"))
        return Attempt(
            amount=amount,
            currency=currency,
            payment_method=form.required("payment_method"),
            customer=form.text("customer"),
            setup_future_usage=form.choice("setup_future_usage", ("off_session", "on_session")),
            off_session=off_session not in {None, "false"},
            must_not_wait=form.flag("error_on_requires_action"),
            metadata=form.texts("metadata"),
        )

    def _intent(self, request: Request) -> Intent:
        intent = self.state.intent(id := request.path_params["id"])
        if not intent:
            raise missing("payment_intent", id, param="intent")
        return intent

    def _shown(self, intent: Intent, form: Form) -> dict[str, Any]:
        """With what is to be expanded: https://docs.stripe.com/api/expanding_objects."""
        shown = self.objects.payment_intent(intent)
        for path in form.texts("expand").values():
            match path.removeprefix("data."):
                case "latest_charge":
                    if intent.is_charged:
                        shown["latest_charge"] = self.objects.charge(intent)
                case "payment_method":
                    if shown["payment_method"]:
                        method = self.charging.wallets.known_method(intent.payment_method)
                        shown["payment_method"] = self.objects.payment_method(method)
                case _:
                    raise InvalidRequestError(f"This property cannot be expanded ({path}).")
        return shown
