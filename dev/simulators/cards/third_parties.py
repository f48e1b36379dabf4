"""What customers, banks and users of the provider's dashboard do, switched by these requests:

POST /_customers/{payment intent}  {"authenticates": true}  the customer authenticates (3-D Secure);
                                                            false: the authentication fails
POST /_bank                        {"takes_its_time": true} new charges stay `processing`
POST /_bank                        {"declines": "do_not_honor"}  declines every further charge with
                                                            this decline code; null: no longer
POST /_bank/{payment intent}       {"pays": true}           the bank settles such a charge;
                                                            false: it declines it
POST /_cards/{payment method}      {"declines": "lost_card"}  the same for one card
POST /_dashboard/{payment intent}  {"refund": 500}          a user refunds so many minor units
POST /_metadata/{payment intent}   {"app": "x"}             somebody else's app adds metadata
POST /_refunds/{refund}            {"fails": true}          it fails, be it days later; false: it
                                                            succeeds; `failure_reason` says why
POST /_disputes/{payment intent}   {"status": "lost"}       the cardholder disputes the charge, or
                                                            the dispute gets this status; `reason`
POST /_fraud_warnings/{intent}     {"fraud_type": "misc"}   the bank sends an early fraud warning
"""

from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, RootModel
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from dev.simulators.cards.charging import Charging
from dev.simulators.cards.declines import DECLINES
from dev.simulators.cards.protocol.errors import InvalidRequestError, missing
from dev.simulators.cards.protocol.switches import read_switch
from dev.simulators.cards.store.stored_objects import Intent
from dev.simulators.database import Database


class _Action(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Authentication(_Action):
    authenticates: bool


class _Bank(_Action):
    takes_its_time: bool = False
    declines: str | None = None


class _Settlement(_Action):
    pays: bool


class _Card(_Action):
    declines: str | None


class _DashboardRefund(_Action):
    refund: int


class _Refund(_Action):
    fails: bool
    failure_reason: str = "expired_or_canceled_card"


class _Dispute(_Action):
    status: Literal[
        "warning_needs_response",
        "warning_under_review",
        "warning_closed",
        "needs_response",
        "under_review",
        "won",
        "lost",
    ]
    reason: str = "fraudulent"
    amount: int | None = None


class _FraudWarning(_Action):
    fraud_type: str = "misc"


@dataclass(frozen=True)
class ThirdParties:
    """Serves these requests."""

    database: Database
    charging: Charging

    def routes(self) -> list[Route]:
        """The requests named in the module's docstring."""
        served = {
            "/_customers/{id}": self.authenticate,
            "/_bank": self.set_bank,
            "/_bank/{id}": self.settle,
            "/_cards/{id}": self.set_card,
            "/_dashboard/{id}": self.refund,
            "/_metadata/{id}": self.add_metadata,
            "/_refunds/{id}": self.settle_refund,
            "/_disputes/{id}": self.dispute,
            "/_fraud_warnings/{id}": self.warn,
        }
        return [Route(path, serve, methods=["POST"]) for path, serve in served.items()]

    async def authenticate(self, request: Request) -> Response:
        """The customer authenticates a charge that waits for it, or was declined for lack of it."""
        action = read_switch(_Authentication, await request.body())
        intent = self._intent(request)
        if not intent.awaits_authentication:
            raise _unexpected(intent, "authenticate")
        with self.database.transaction():
            settled = self.charging.authenticate(intent, succeeds=action.authenticates)
        return self._answer(settled)

    async def set_bank(self, request: Request) -> Response:
        """Says how banks treat charges from now on; what is not named stays as it is."""
        action = read_switch(_Bank, await request.body())
        banks = self.charging.banks
        if "takes_its_time" in action.model_fields_set:
            banks.take_their_time = action.takes_its_time
        if "declines" in action.model_fields_set:
            banks.declines = _known(action.declines)
        return JSONResponse({"takes_its_time": banks.take_their_time, "declines": banks.declines})

    async def settle(self, request: Request) -> Response:
        """The bank settles or declines a charge that is `processing`."""
        action = read_switch(_Settlement, await request.body())
        intent = self._intent(request)
        if intent.status != "processing":
            raise _unexpected(intent, "settle")
        failure = None if action.pays else DECLINES["generic_decline"]
        with self.database.transaction():
            settled = self.charging.settle(intent, failure)
        return self._answer(settled)

    async def set_card(self, request: Request) -> Response:
        """Says how the bank treats one card from now on."""
        action = read_switch(_Card, await request.body())
        wallets = self.charging.wallets
        method = wallets.method(id := request.path_params["id"])
        if not method:
            raise missing("PaymentMethod", id, param="payment_method")
        with self.database.transaction():
            method = wallets.decline_from_now_on(method, _known(action.declines))
        return JSONResponse(self.charging.objects.payment_method(method))

    async def refund(self, request: Request) -> Response:
        """A user of the dashboard refunds a charge; only a webhook notifies the application."""
        amount = read_switch(_DashboardRefund, await request.body()).refund
        intent = self._intent(request)
        left = intent.amount - self.charging.state.refunded(intent)
        if intent.status != "succeeded" or not 0 < amount <= left:
            raise _unexpected(intent, f"refund {amount} of {left} of")
        with self.database.transaction():
            given = self.charging.state.add_refund(intent, amount, None, {})
            self.charging.notices.new_refund(given, intent)
        return JSONResponse(self.charging.objects.refund(given))

    async def add_metadata(self, request: Request) -> Response:
        """Metadata that the application did not write."""
        added = read_switch(RootModel[dict[str, str]], await request.body()).root
        intent = self._intent(request)
        with self.database.transaction():
            changed = self.charging.state.change_metadata(intent, added)
        return self._answer(changed)

    async def settle_refund(self, request: Request) -> Response:
        """The bank takes or refuses a refund; it may refuse one that had succeeded."""
        action = read_switch(_Refund, await request.body())
        state = self.charging.state
        refund = state.refund(id := request.path_params["id"])
        if not refund:
            raise missing("refund", id, param="refund")
        if refund.status not in {"pending", "succeeded"}:
            raise InvalidRequestError(f"The refund has a status of {refund.status}.")
        status, reason = ("failed", action.failure_reason) if action.fails else ("succeeded", None)
        with self.database.transaction():
            changed = state.change_refund(refund, status, reason)
            self.charging.notices.refund(changed)
        return JSONResponse(self.charging.objects.refund(changed))

    async def dispute(self, request: Request) -> Response:
        """The cardholder disputes a charge, or the dispute goes on."""
        action = read_switch(_Dispute, await request.body())
        intent = self._succeeded(request)
        disputes = self.charging.disputes
        before = disputes.of(intent)
        with self.database.transaction():
            if before is None:
                amount = action.amount or intent.amount
                dispute = disputes.add(intent, amount, action.reason, action.status)
            else:
                dispute = disputes.change(before, action.status)
            self.charging.notices.dispute(dispute, before)
        return JSONResponse(self.charging.objects.dispute(dispute))

    async def warn(self, request: Request) -> Response:
        """The card's bank reports fraud."""
        action = read_switch(_FraudWarning, await request.body())
        intent = self._succeeded(request)
        with self.database.transaction():
            warning = self.charging.disputes.warn(intent, action.fraud_type)
            self.charging.notices.fraud_warning(warning)
        return JSONResponse(self.charging.objects.fraud_warning(warning))

    def _answer(self, intent: Intent) -> Response:
        return JSONResponse(self.charging.objects.payment_intent(intent))

    def _intent(self, request: Request) -> Intent:
        intent = self.charging.state.intent(id := request.path_params["id"])
        if not intent:
            raise missing("payment_intent", id, param="intent")
        return intent

    def _succeeded(self, request: Request) -> Intent:
        intent = self._intent(request)
        if intent.status != "succeeded":
            raise _unexpected(intent, "dispute")
        return intent


def _known(code: str | None) -> str | None:
    if code is not None and code not in DECLINES:
        raise InvalidRequestError(f"No such decline code: {code}", param="declines")
    return code


def _unexpected(intent: Intent, doing: str) -> InvalidRequestError:
    return InvalidRequestError(
        f"You cannot {doing} this PaymentIntent because it has a status of {intent.status}.",
        code="payment_intent_unexpected_state",
    )
