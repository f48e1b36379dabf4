"""Customers: https://docs.stripe.com/api/customers."""

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dev.simulators.cards.objects import Objects
from dev.simulators.cards.protocol.errors import missing
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
from dev.simulators.cards.store.stored_objects import Customer, Filter
from dev.simulators.cards.store.wallets import Wallets

_TEXTS = ("email", "name", "description")
FIELDS = frozenset({*_TEXTS, "metadata", "expand"})


@dataclass(frozen=True)
class Customers:
    """Serves customers."""

    access: Access
    state: State
    wallets: Wallets
    once: Idempotency
    objects: Objects
    search: Search

    def routes(self) -> list[Route]:
        """`search` comes before `{id}`, as it is no id."""
        return [
            Route("/v1/customers", self.create, methods=["POST"]),
            Route("/v1/customers", self.list),
            Route("/v1/customers/search", self.find),
            Route("/v1/customers/{id}", self.update, methods=["POST"]),
            Route("/v1/customers/{id}", self.delete, methods=["DELETE"]),
            Route("/v1/customers/{id}", self.get),
        ]

    async def create(self, request: Request) -> Response:
        """`POST /v1/customers`."""
        self.access.admit(request)
        form = await read_form(request, FIELDS)

        def add() -> dict[str, Any]:
            texts = [form.text(name) for name in _TEXTS]
            return self.objects.customer(
                self.wallets.add_customer(*texts, metadata=form.texts("metadata"))
            )

        call = read_call(request, form)
        return answer_call(await self.once.once(call, add), call)

    async def update(self, request: Request) -> Response:
        """`POST /v1/customers/{id}`."""
        self.access.admit(request)
        form = await read_form(request, FIELDS)
        id = request.path_params["id"]

        def change() -> dict[str, Any]:
            fields = {name: form.text(name) for name in _TEXTS if name in form.values}
            changed = self.wallets.change_customer(
                self._customer(id), fields, form.texts("metadata")
            )
            return self.objects.customer(changed)

        call = read_call(request, form, id)
        return answer_call(await self.once.once(call, change), call)

    async def get(self, request: Request) -> Response:
        """`GET /v1/customers/{id}`; also of one that was deleted."""
        self.access.admit(request)
        id = request.path_params["id"]
        if self.wallets.is_deleted(id):
            return answer_object(_deleted(id))
        return answer_object(self.objects.customer(self._customer(id)))

    async def delete(self, request: Request) -> Response:
        """`DELETE /v1/customers/{id}`."""
        self.access.admit(request)
        form = await read_form(request, frozenset())
        id = request.path_params["id"]

        def delete() -> dict[str, Any]:
            self.wallets.delete_customer(self._customer(id))
            return _deleted(id)

        call = read_call(request, form, id)
        return answer_call(await self.once.once(call, delete), call)

    async def list(self, request: Request) -> Response:
        """`GET /v1/customers`."""
        self.access.admit(request)
        form = Form(request.url.query)
        form.allow((*PAGING, "email"))
        filters = [Filter("email = ?", [email])] if (email := form.text("email")) else []
        page = Page(form, self.state, "customers", "customer", *filters)
        found, more = page.read(self.wallets.customers)
        return answer_list(request, [self.objects.customer(one) for one in found], has_more=more)

    async def find(self, request: Request) -> Response:
        """`GET /v1/customers/search`."""
        self.access.admit(request)
        form = Form(request.url.query)
        form.allow(SEARCH)
        found, next_page = self.search.find(form, ["email"], self.wallets.customers)
        return answer_search(request, [self.objects.customer(one) for one in found], next_page)

    def _customer(self, id: str) -> Customer:
        customer = self.wallets.customer(id)
        if not customer:
            raise missing("customer", id, param="id")
        return customer


def _deleted(id: str) -> dict[str, Any]:
    return {"id": id, "object": "customer", "deleted": True}
