"""Charges: https://docs.stripe.com/api/charges. PaymentIntents make them; they are only read."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dev.simulators.cards.objects import Objects
from dev.simulators.cards.protocol.errors import missing
from dev.simulators.cards.protocol.wire import Access, answer_object
from dev.simulators.cards.store.state import State


@dataclass(frozen=True)
class Charges:
    """Serves charges."""

    access: Access
    state: State
    objects: Objects

    def routes(self) -> list[Route]:
        """Getting one."""
        return [Route("/v1/charges/{id}", self.get)]

    async def get(self, request: Request) -> Response:
        """`GET /v1/charges/{id}`."""
        self.access.admit(request)
        intent = self.state.intent_of_charge(id := request.path_params["id"])
        if not intent:
            raise missing("charge", id, param="id")
        return answer_object(self.objects.charge(intent))
