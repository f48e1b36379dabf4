"""The OpenAPI document, completed with problems and with what AUTH requires."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse
from starlette.routing import Route

from api.auth.scopes import SCHEME
from api.middleware.authentication import SIGNED_PATHS
from api.openapi.responses import Responses, host_problems, token_problems
from api.problems import Problem
from config import Auth


def install(app: FastAPI, auth: Auth) -> None:
    """Let `app` serve the document of an installation with that `auth`."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = get_openapi(title=app.title, version=app.version, routes=app.routes)
            document["components"]["schemas"] |= _problem_schemas()
            for operation in _operations(document):
                for parameter in operation.get("parameters", []):
                    _remove_null(parameter["schema"])
            match auth:
                case Auth.NONE:
                    _describe_host_check(document)
                case Auth.JWT:
                    _describe_token_check(document)
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = openapi
    _serve_serialized(app)


def _serve_serialized(app: FastAPI) -> None:
    """Strangers may request the document: it is serialized once, not for each of them."""

    @cache
    def body() -> bytes:
        return bytes(JSONResponse(app.openapi()).body)

    async def get_document(request: Request) -> Response:
        del request
        return Response(body(), media_type="application/json")

    url = str(app.openapi_url)
    routes = app.router.routes
    routes[:] = [route for route in routes if getattr(route, "path", None) != url]
    routes.append(Route(url, get_document, include_in_schema=False))


def _problem_schemas() -> dict[str, Any]:
    """The schemas of a problem and of its parts."""
    schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    return {**schema.pop("$defs"), Problem.__name__: schema}


def _remove_null(schema: dict[str, Any]) -> None:
    """A parameter cannot be null: `null` in a URL or header is a string."""
    match [variant for variant in schema.pop("anyOf", []) if variant != {"type": "null"}]:
        case []:
            pass
        case [only]:
            schema |= only
        case several:
            schema["anyOf"] = several


def _describe_host_check(document: dict[str, Any]) -> None:
    """With AUTH=none no endpoint requires a token of the issuer; host names are checked instead."""
    del document["components"]["securitySchemes"][SCHEME.scheme_name]
    problems = _by_status(host_problems())
    for path, operations in document["paths"].items():
        for operation in operations.values():
            if _needs_token(operation):
                del operation["security"]
            if path not in SIGNED_PATHS:
                operation["responses"] |= problems


def _describe_token_check(document: dict[str, Any]) -> None:
    """With AUTH=jwt every endpoint that declares scopes requires a token."""
    problems = _by_status(token_problems())
    for operation in _operations(document):
        if _needs_token(operation):
            operation["responses"] = problems | operation["responses"]


def _by_status(responses: Responses) -> dict[str, Any]:
    return {str(status): response for status, response in responses.items()}


def _needs_token(operation: dict[str, Any]) -> bool:
    return any(SCHEME.scheme_name in requirement for requirement in operation.get("security", []))


def _operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path in document["paths"].values():
        yield from path.values()
