"""HTTP as Stripe uses it: API key, request ids and the headers of answers."""

import base64
import binascii
import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NoReturn

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dev.simulators.cards.protocol.errors import (
    InvalidRequestError,
    RateLimitError,
    StripeError,
    UnauthorizedError,
)
from dev.simulators.cards.protocol.form_parameters import Form
from dev.simulators.cards.protocol.idempotency import Answer, Call
from dev.simulators.faults import Faults, Mode

API_VERSION = "2026-10-28.endive"
"""The only version that is spoken here."""


@dataclass(frozen=True)
class Access:
    """Admits requests with the account's secret API key."""

    secret_key: str
    faults: Faults

    @property
    def livemode(self) -> bool:
        """Whether the key is for real money: https://docs.stripe.com/keys."""
        return self.secret_key.startswith(("sk_live_", "rk_live_"))

    def admit(self, request: Request) -> None:
        """Raises a StripeError unless the request is admitted."""
        given = _given_key(request)
        if not given:
            raise UnauthorizedError(
                "You did not provide an API key. You need to provide your API key in the "
                "Authorization header, using Bearer auth or Basic auth."
            )
        if given == self._key_of_other_mode():
            self._refuse_mode(request)
        if not hmac.compare_digest(given.encode(), self.secret_key.encode()):
            raise UnauthorizedError("Invalid API Key provided.")
        version = request.headers.get("stripe-version", API_VERSION)
        if version != API_VERSION:
            raise InvalidRequestError(f"Invalid Stripe API version: {version}")
        if self.faults.strikes(Mode.RATE_LIMIT, request.url.path):
            raise RateLimitError

    def _key_of_other_mode(self) -> str:
        ours, others = ("_live_", "_test_") if self.livemode else ("_test_", "_live_")
        return self.secret_key.replace(ours, others, 1) if ours in self.secret_key else ""

    def _refuse_mode(self, request: Request) -> NoReturn:
        """In the other mode there are no objects, and no test tokens or real cards."""
        ours, others = ("live", "test") if self.livemode else ("test", "live")
        named = request.path_params.get("id", request.url.path.rsplit("/", 1)[-1])
        raise InvalidRequestError(
            f"No such object: '{named}'; a similar object exists in {ours} mode, but a {others} "
            "mode key was used to make this request.",
            code="resource_missing",
            status=404,
        )


def _given_key(request: Request) -> str:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return given
    try:
        return base64.b64decode(given).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        return ""


async def read_form(request: Request, allowed: Iterable[str]) -> Form:
    """The parameters in the body. Raises InvalidRequestError for others than those allowed."""
    form = Form((await request.body()).decode())
    form.allow(allowed)
    return form


def read_call(request: Request, form: Form, object: str | None = None) -> Call:
    """A request that changes something, with its idempotency key; see `Call` for `object`."""
    return Call(
        request=f"req_{secrets.token_hex(7)}",
        endpoint=request.url.path,
        key=request.headers.get("idempotency-key") or None,
        parameters=form.values,
        object=object,
    )


def answer_call(answer: Answer, call: Call) -> Response:
    """The answer to a call; its headers say if it is a repeated one."""
    headers = {"Request-Id": call.request}
    if call.key:
        headers |= {
            "Idempotency-Key": call.key,
            "Original-Request": answer.original or call.request,
        }
    if answer.original:
        headers["Idempotent-Replayed"] = "true"
    return JSONResponse(answer.body, status_code=answer.status, headers=headers)


def answer_object(body: dict[str, Any]) -> Response:
    """An answer with one object."""
    return JSONResponse(body, headers={"Request-Id": f"req_{secrets.token_hex(7)}"})


def answer_search(request: Request, data: list[dict[str, Any]], next_page: str | None) -> Response:
    """An answer with a page of what a search found."""
    return answer_object(
        {
            "object": "search_result",
            "url": request.url.path,
            "has_more": next_page is not None,
            "next_page": next_page,
            "data": data,
        }
    )


def answer_list(request: Request, data: list[dict[str, Any]], *, has_more: bool) -> Response:
    """An answer with a page of a list."""
    return answer_object(
        {"object": "list", "url": request.url.path, "has_more": has_more, "data": data}
    )


async def answer_error(_request: Request, error: Exception) -> Response:
    """An answer with an error."""
    if not isinstance(error, StripeError):
        raise error
    headers = {"Request-Id": f"req_{secrets.token_hex(7)}"}
    return JSONResponse(error.body, status_code=error.status, headers=headers)
