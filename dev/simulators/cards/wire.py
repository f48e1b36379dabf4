"""HTTP as Stripe uses it: API key, request ids and the headers of answers."""

import base64
import binascii
import hmac
import secrets
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dev.simulators.cards.errors import StripeError, UnauthorizedError
from dev.simulators.cards.form_parameters import Form
from dev.simulators.cards.idempotency import Answer, Call


def authorize(request: Request, secret_key: str) -> None:
    """Raises UnauthorizedError unless the request has our API key."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            given = base64.b64decode(given).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            given = ""
    if not given:
        raise UnauthorizedError(
            "You did not provide an API key. You need to provide your API key in the "
            "Authorization header, using Bearer auth or Basic auth."
        )
    if not hmac.compare_digest(given.encode(), secret_key.encode()):
        raise UnauthorizedError("Invalid API Key provided.")


def read_call(request: Request, form: Form) -> Call:
    """A request that changes something, with its idempotency key."""
    return Call(
        request=f"req_{secrets.token_hex(7)}",
        endpoint=request.url.path,
        key=request.headers.get("idempotency-key") or None,
        parameters=form.values,
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
