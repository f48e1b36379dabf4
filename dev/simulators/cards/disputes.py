"""Disputes, https://docs.stripe.com/api/disputes, and early fraud warnings."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dev.simulators.cards.objects import Objects
from dev.simulators.cards.protocol.errors import missing
from dev.simulators.cards.protocol.form_parameters import Form
from dev.simulators.cards.protocol.lists import OF_PAYMENT, Page, of_payment
from dev.simulators.cards.protocol.wire import Access, answer_list, answer_object
from dev.simulators.cards.store.disputes import Disputes
from dev.simulators.cards.store.state import State
from dev.simulators.cards.store.stored_objects import Filter

_WARNINGS = "/v1/radar/early_fraud_warnings"


@dataclass(frozen=True)
class DisputeRoutes:
    """Serves them; they are only read."""

    access: Access
    state: State
    disputes: Disputes
    objects: Objects

    def routes(self) -> list[Route]:
        """Listing and getting them."""
        return [
            Route("/v1/disputes", self.list),
            Route("/v1/disputes/{id}", self.get),
            Route(_WARNINGS, self.list_warnings),
            Route(f"{_WARNINGS}/{{id}}", self.get_warning),
        ]

    async def get(self, request: Request) -> Response:
        """`GET /v1/disputes/{id}`."""
        self.access.admit(request)
        found = self.disputes.disputes(Filter("id = ?", [id := request.path_params["id"]]), limit=1)
        if not found:
            raise missing("dispute", id, param="dispute")
        return answer_object(self.objects.dispute(found[0]))

    async def list(self, request: Request) -> Response:
        """`GET /v1/disputes`."""
        self.access.admit(request)
        form = Form(request.url.query)
        form.allow(OF_PAYMENT)
        page = Page(form, self.state, "disputes", "dispute", *of_payment(form))
        found, more = page.read(self.disputes.disputes)
        return answer_list(request, [self.objects.dispute(one) for one in found], has_more=more)

    async def get_warning(self, request: Request) -> Response:
        """`GET /v1/radar/early_fraud_warnings/{id}`."""
        self.access.admit(request)
        found = self.disputes.warnings(Filter("id = ?", [id := request.path_params["id"]]), limit=1)
        if not found:
            raise missing("early_fraud_warning", id, param="early_fraud_warning")
        return answer_object(self.objects.fraud_warning(found[0]))

    async def list_warnings(self, request: Request) -> Response:
        """`GET /v1/radar/early_fraud_warnings`."""
        self.access.admit(request)
        form = Form(request.url.query)
        form.allow(OF_PAYMENT)
        page = Page(form, self.state, "fraud_warnings", "early_fraud_warning", *of_payment(form))
        found, more = page.read(self.disputes.warnings)
        shown = [self.objects.fraud_warning(one) for one in found]
        return answer_list(request, shown, has_more=more)
