"""The OpenAPI document, with what FastAPI knows nothing of: problems, and whether tokens count."""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.auth.scopes import SCHEME
from api.errors import Problem
from api.middleware.authentication import SIGNED
from api.openapi.responses import Responses, barred, called_by_name
from config import Auth


def install(app: FastAPI, auth: Auth) -> None:
    """Have `app` serve the document of an installation with that `auth`."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = get_openapi(title=app.title, version=app.version, routes=app.routes)
            document["components"]["schemas"] |= _problems()
            for operation in _operations(document):
                for parameter in operation.get("parameters", []):
                    _never_null(parameter["schema"])
            match auth:
                case Auth.NONE:
                    _open(document)
                case Auth.JWT:
                    _bar(document)
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = openapi


def _problems() -> dict[str, Any]:
    """The schema of a problem and of what it consists of."""
    schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    return {**schema.pop("$defs"), Problem.__name__: schema}


def _never_null(schema: dict[str, Any]) -> None:
    """A parameter is left out, or it is a text: `null` would be one as well."""
    match [one for one in schema.pop("anyOf", []) if one != {"type": "null"}]:
        case []:
            pass
        case [only]:
            schema |= only
        case several:
            schema["anyOf"] = several


def _open(document: dict[str, Any]) -> None:
    """Nobody is asked for a token of the issuer's; names of hosts are looked at instead."""
    del document["components"]["securitySchemes"][SCHEME.scheme_name]
    named = _by_status(called_by_name())
    for path, operations in document["paths"].items():
        for operation in operations.values():
            if _needs_token(operation):
                del operation["security"]
            if path not in SIGNED:
                operation["responses"] |= named


def _bar(document: dict[str, Any]) -> None:
    """Tokens are asked for where an endpoint has said so."""
    barring = _by_status(barred())
    for operation in _operations(document):
        if _needs_token(operation):
            operation["responses"] = barring | operation["responses"]


def _by_status(responses: Responses) -> dict[str, Any]:
    return {str(status): response for status, response in responses.items()}


def _needs_token(operation: dict[str, Any]) -> bool:
    return any(SCHEME.scheme_name in way for way in operation.get("security", []))


def _operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path in document["paths"].values():
        yield from path.values()
