"""What Stripe has and this simulator lacks: it says so, as nothing of the product requests it.

Without these answers, a new request of the product would be answered as a misspelled one.
"""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dev.simulators.cards.protocol.errors import InvalidRequestError
from dev.simulators.cards.protocol.wire import Access

UNSUPPORTED = {
    "/v1/payment_intents/{id}/confirm": "PaymentIntents that are confirmed later",
    "/v1/payment_intents/{id}/capture": "manual capture",
    "/v1/setup_intents": "SetupIntents",
    "/v1/setup_intents/{path:path}": "SetupIntents",
}


def unsupported(what: str, param: str | None = None) -> InvalidRequestError:
    """The refusal of a request that Stripe would carry out."""
    return InvalidRequestError(f"This simulator lacks {what}: see docs/stripe.md.", param=param)


@dataclass(frozen=True)
class Unsupported:
    """Serves what is not supported."""

    access: Access

    def routes(self) -> list[Route]:
        """For all methods."""
        return [Route(path, self.refuse, methods=["GET", "POST"]) for path in UNSUPPORTED]

    async def refuse(self, request: Request) -> Response:
        """Raises InvalidRequestError."""
        self.access.admit(request)
        path = request.scope["route"].path
        raise unsupported(UNSUPPORTED[path])
