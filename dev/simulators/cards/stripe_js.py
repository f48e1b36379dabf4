"""The provider's script for browsers, with what it requests; the customer is its dialog.

GET  /v3/                               the script: `window.Stripe`, as far as the web page uses it
POST /_stripe_js  {"client_secret"}     what a browser may see of the PaymentIntent
POST /_stripe_js  {"client_secret", "authenticates": true, "payment_method"}
                                        the customer authenticates; false: without success

As at Stripe, browsers know a publishable key and the client secret, and no secret key.
"""

import hmac
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from dev.simulators.cards.charging import Charging
from dev.simulators.cards.protocol.errors import InvalidRequestError, StripeError, missing
from dev.simulators.cards.protocol.switches import read_switch
from dev.simulators.cards.store.stored_objects import Intent
from dev.simulators.database import Database

SCRIPT = Path(__file__).with_suffix(".js")
FROM_ANYWHERE = {"Access-Control-Allow-Origin": "*"}
VISIBLE = ("id", "object", "amount", "currency", "status", "last_payment_error", "next_action")


class _Confirmation(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    client_secret: str
    authenticates: bool | None = None
    payment_method: str | None = None


@dataclass(frozen=True)
class StripeJs:
    """Serves the script and its requests."""

    database: Database
    charging: Charging

    def routes(self) -> list[Route]:
        """The requests named in the module's docstring."""
        return [
            Route("/v3/", self.script),
            Route("/_stripe_js", self.confirm, methods=["POST"]),
        ]

    async def script(self, _request: Request) -> Response:
        """Loaded by the web page."""
        return FileResponse(SCRIPT, media_type="text/javascript")

    async def confirm(self, request: Request) -> Response:
        """Shows the PaymentIntent, after the customer has authenticated it or failed to."""
        try:
            intent = self._confirm(read_switch(_Confirmation, await request.body()))
        except StripeError as error:
            return JSONResponse(error.body, status_code=error.status, headers=FROM_ANYWHERE)
        shown = self.charging.objects.payment_intent(intent)
        return JSONResponse({name: shown[name] for name in VISIBLE}, headers=FROM_ANYWHERE)

    def _confirm(self, given: _Confirmation) -> Intent:
        id = given.client_secret.partition("_secret_")[0]
        intent = self.charging.state.intent(id)
        if not intent or not self._is_secret_of(intent, given.client_secret):
            raise missing("payment_intent", id, param="intent")
        if given.authenticates is None:
            return intent
        if not intent.awaits_authentication:
            message = f"This PaymentIntent has a status of {intent.status}."
            raise InvalidRequestError(message, code="payment_intent_unexpected_state")
        # A declined PaymentIntent has lost its card.
        is_declined = intent.status == "requires_payment_method"
        if is_declined and given.payment_method != intent.payment_method:
            raise InvalidRequestError("A payment method is required.", param="payment_method")
        with self.database.transaction():
            return self.charging.authenticate(intent, succeeds=given.authenticates)

    def _is_secret_of(self, intent: Intent, given: str) -> bool:
        secret: str = self.charging.objects.payment_intent(intent)["client_secret"]
        return hmac.compare_digest(secret.encode(), given.encode())
