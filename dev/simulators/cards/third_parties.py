"""What customers, their banks and users of the provider's dashboard do, switched by these requests:

POST /_customers/{payment intent}  {"authenticates": true}  the customer authenticates (3-D Secure);
                                                            false: the authentication fails
POST /_bank                        {"takes_its_time": true} new charges stay `processing`
POST /_bank/{payment intent}       {"pays": true}           the bank settles such a charge;
                                                            false: it declines it
POST /_dashboard/{payment intent}  {"refund": 500}          a user refunds so many minor units
"""

from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from dev.simulators.cards import objects
from dev.simulators.cards.errors import InvalidRequestError, missing
from dev.simulators.cards.state import Intent, Refund, State, Status
from dev.simulators.cards.tokens import AUTHENTICATION_FAILED, BANK_DECLINED, Decline
from dev.simulators.cards.webhooks import Webhooks
from dev.simulators.database import Database

T = TypeVar("T", bound="_Action")


class _Action(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Authentication(_Action):
    authenticates: bool


class _Bank(_Action):
    takes_its_time: bool


class _Settlement(_Action):
    pays: bool


class _DashboardRefund(_Action):
    refund: int


class ThirdParties:
    """Serves these requests."""

    def __init__(self, database: Database, state: State, webhooks: Webhooks) -> None:
        """At first, banks settle every charge at once."""
        self._database = database
        self._state = state
        self._webhooks = webhooks
        self.bank_takes_its_time = False

    def routes(self) -> list[Route]:
        """The requests named in the module's docstring."""
        return [
            Route("/_customers/{id}", self.authenticate, methods=["POST"]),
            Route("/_bank", self.set_bank, methods=["POST"]),
            Route("/_bank/{id}", self.settle, methods=["POST"]),
            Route("/_dashboard/{id}", self.refund, methods=["POST"]),
        ]

    async def authenticate(self, request: Request) -> Response:
        """The customer authenticates a charge that was declined because it required that."""
        action = _read(_Authentication, await request.body())
        intent = self._intent(request)
        if intent.status != "requires_payment_method" or not intent.awaits_authentication:
            raise _unexpected(intent, "authenticate")
        failure = None if action.authenticates else AUTHENTICATION_FAILED
        return self._settle(intent, failure)

    async def set_bank(self, request: Request) -> Response:
        """Says how banks treat charges from now on."""
        self.bank_takes_its_time = _read(_Bank, await request.body()).takes_its_time
        return JSONResponse({"takes_its_time": self.bank_takes_its_time})

    async def settle(self, request: Request) -> Response:
        """The bank settles or declines a charge that is `processing`."""
        action = _read(_Settlement, await request.body())
        intent = self._intent(request)
        if intent.status != "processing":
            raise _unexpected(intent, "settle")
        return self._settle(intent, None if action.pays else BANK_DECLINED)

    async def refund(self, request: Request) -> Response:
        """A user of the dashboard refunds a charge; only a webhook notifies the application."""
        amount = _read(_DashboardRefund, await request.body()).refund
        intent = self._intent(request)
        left = intent.amount - self._state.refunded(intent)
        if intent.status != "succeeded" or not 0 < amount <= left:
            raise _unexpected(intent, f"refund {amount} of {left} of")
        with self._database.transaction():
            given = self._state.add_refund(intent, amount, None, {})
            notify_of_refund(self._webhooks, self._state, given, intent)
        return JSONResponse(objects.refund(given, intent))

    def _settle(self, intent: Intent, failure: Decline | None) -> Response:
        status: Status = "requires_payment_method" if failure else "succeeded"
        with self._database.transaction():
            settled = self._state.change_intent(intent, status, failure)
            notify_of_intent(self._webhooks, settled)
        return JSONResponse(objects.payment_intent(settled))

    def _intent(self, request: Request) -> Intent:
        intent = self._state.intent(id := request.path_params["id"])
        if not intent:
            raise missing("payment_intent", id, param="intent")
        return intent


EVENTS = {
    "succeeded": "payment_intent.succeeded",
    "requires_payment_method": "payment_intent.payment_failed",
    "processing": "payment_intent.processing",
    "canceled": "payment_intent.canceled",
}


def notify_of_intent(webhooks: Webhooks, intent: Intent) -> None:
    """Sends the event for its new status."""
    webhooks.add(EVENTS[intent.status], objects.payment_intent(intent))


def notify_of_refund(webhooks: Webhooks, state: State, refund: Refund, intent: Intent) -> None:
    """Sends the events for the new refund and for its charge."""
    webhooks.add("refund.created", objects.refund(refund, intent))
    webhooks.add("charge.refunded", objects.charge(intent, state.refunded(intent)))


def _read(kind: type[T], body: bytes) -> T:
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        raise InvalidRequestError(f"Invalid body: {error}") from None


def _unexpected(intent: Intent, doing: str) -> InvalidRequestError:
    return InvalidRequestError(
        f"You cannot {doing} this PaymentIntent because it has a status of {intent.status}.",
        code="payment_intent_unexpected_state",
    )
