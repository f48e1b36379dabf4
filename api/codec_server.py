"""`python -m api.codec_server`: decrypts what Temporal's Web UI and CLI show to operators.

Temporal's remote codec protocol: `POST /decode` and `POST /encode`, each with payloads in
protobuf's JSON. It is a separate process, so that the process that serves the internet need not
offer the decryption of past payloads.
"""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Depends, FastAPI, Request, Response
from google.protobuf.json_format import MessageToJson, Parse, ParseError
from starlette.middleware.cors import CORSMiddleware
from temporalio.api.common.v1 import Payload, Payloads

from api import problems
from api.auth.scopes import Scope, needs
from api.errors import InvalidRequestError
from api.infrastructure import server
from api.middleware.authentication import AuthenticationMiddleware
from api.middleware.head_requests import HeadRequests
from api.middleware.health_checks import HealthChecks
from api.middleware.internal_errors import InternalErrors
from api.middleware.limits import BodyLimit, RateLimits
from api.middleware.security_headers import SecurityHeaders
from api.middleware.security_log import SecurityLog
from api.schemas.responses import HealthResponse
from config import Settings
from security.payload_codec import EncryptionCodec, UndecipherableError
from security.payload_keys import UnknownKeyError

MAX_BODY_BYTES = 16 * 1024 * 1024
"""Temporal's responses have at most 4 MiB, which base64 and JSON make longer."""

HEADERS = ["Authorization", "Authorization-Extras", "Content-Type", "X-Namespace"]
"""The headers that the Web UI sends. X-Namespace is ignored: all keys belong to one namespace."""


async def _read(request: Request) -> Sequence[Payload]:
    try:
        # Newer servers may send fields that this version does not know; encryption uses none.
        return Parse(await request.body(), Payloads(), ignore_unknown_fields=True).payloads
    except (ParseError, UnicodeDecodeError, RecursionError) as error:
        message = "must be temporal.api.common.v1.Payloads in protobuf's JSON"
        raise InvalidRequestError.in_body("", message) from error


_Payloads = Annotated[Sequence[Payload], Depends(_read)]


def create_app(settings: Settings) -> FastAPI:
    """The codec server; with AUTH=jwt it requires a token with the scope `operator`."""
    codec = EncryptionCodec(settings.payload_keys)
    app = FastAPI(openapi_url=None, redirect_slashes=False)
    problems.install(app)

    @app.get("/healthz")
    @app.get("/readyz")
    async def is_alive() -> HealthResponse:
        return HealthResponse(status="ok")

    @app.post("/encode", dependencies=[needs(Scope.OPERATOR)])
    async def encode(payloads: _Payloads) -> Response:
        return _json(await codec.encode(payloads))

    @app.post("/decode", dependencies=[needs(Scope.OPERATOR)])
    async def decode(payloads: _Payloads) -> Response:
        try:
            return _json(await codec.decode(payloads))
        except (UnknownKeyError, UndecipherableError) as error:
            raise InvalidRequestError.in_body("payloads", str(error)) from error

    # The last one added is the outermost: browsers send preflight requests without a token.
    app.add_middleware(BodyLimit, max_bytes=MAX_BODY_BYTES)
    app.add_middleware(AuthenticationMiddleware, settings=settings, rates=RateLimits(settings))
    app.add_middleware(HeadRequests)
    app.add_middleware(HealthChecks, check_ready=_check_ready)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(SecurityLog)
    app.add_middleware(InternalErrors)
    app.add_middleware(
        CORSMiddleware,
        allow_origins=settings.codec_web_uis,
        allow_methods=["POST"],
        # The Web UI sends its token in one of these, and no cookies.
        allow_headers=HEADERS,
    )
    return app


async def _check_ready() -> None:
    """It depends on nothing but its keys."""


def _json(payloads: Sequence[Payload]) -> Response:
    return Response(MessageToJson(Payloads(payloads=payloads)), media_type="application/json")


def main() -> None:
    """Serve until SIGTERM or SIGINT; then exit with 0."""
    settings = server.initialize()
    server.serve(
        create_app(settings),
        "The codec server",
        settings.codec_host,
        settings.codec_port,
        settings,
    )


if __name__ == "__main__":
    main()
