"""The OpenAPI document, completed with problems and with what AUTH requires."""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, cast

from fastapi import FastAPI, Request, Response
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse
from starlette.routing import Route

from api.auth.scopes import SCHEME
from api.middleware.authentication import SIGNED_PATHS
from api.openapi import description, examples
from api.openapi.responses import Responses, host_problems, token_problems
from api.problems import Problem
from config import Auth, Settings

DOCUMENT_URL = "/openapi.json"

DOCS_DOCUMENT_URL = "/docs/openapi.json"
"""The same document for people, who read /docs: it says in words what patterns allow."""


def install(app: FastAPI, settings: Settings) -> None:
    """Let `app` serve the document of an installation with these settings."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app, settings)
        return app.openapi_schema

    app.openapi = openapi
    routes = app.router.routes
    routes[:] = [one for one in routes if getattr(one, "path", None) != DOCS_DOCUMENT_URL]
    routes += [
        _serialized(DOCUMENT_URL, app.openapi),
        _serialized(DOCS_DOCUMENT_URL, lambda: _without_patterns(app.openapi())),
    ]


def _document(app: FastAPI, settings: Settings) -> dict[str, Any]:
    document = get_openapi(
        title=app.title,
        version=app.version,
        description=description.of(settings),
        routes=app.routes,
    )
    document["components"]["schemas"] |= _problem_schemas()
    for name, operation in _operations(document):
        for parameter in operation.get("parameters", []):
            _remove_null(parameter["schema"])
            _describe(parameter)
        if name in examples.EXAMPLES:
            examples.add(operation, examples.EXAMPLES[name])
    match settings.auth:
        case Auth.NONE:
            _describe_host_check(document)
        case Auth.JWT:
            _describe_token_check(document)
    return document


def _serialized(url: str, make: Callable[[], dict[str, Any]]) -> Route:
    """Strangers may request the document: it is serialized once, not for each of them."""

    @cache
    def body() -> bytes:
        return bytes(JSONResponse(make()).body)

    async def get_document(request: Request) -> Response:
        del request
        return Response(body(), media_type="application/json")

    return Route(url, get_document, include_in_schema=False)


def _without_patterns(part: Any) -> Any:
    """A copy of a part of the document without regular expressions."""
    match part:
        case dict():
            members = cast("dict[str, Any]", part).items()
            return {
                name: _without_patterns(inner)
                for name, inner in members
                if name != "pattern" or not isinstance(inner, str)
            }
        case list():
            return [_without_patterns(inner) for inner in cast("list[Any]", part)]
        case _:
            return part


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


def _describe(parameter: dict[str, Any]) -> None:
    """A parameter of which nothing else is said is described by what its schema allows."""
    if "description" in parameter["schema"]:
        parameter.setdefault("description", parameter["schema"].pop("description"))


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
    for _, operation in _operations(document):
        if _needs_token(operation):
            operation["responses"] = problems | operation["responses"]


def _by_status(responses: Responses) -> dict[str, Any]:
    return {str(status): response for status, response in responses.items()}


def _needs_token(operation: dict[str, Any]) -> bool:
    return any(SCHEME.scheme_name in requirement for requirement in operation.get("security", []))


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each with its method and path."""
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            yield f"{method.upper()} {path}", operation
