"""The OpenAPI document says what each endpoint can answer, and nothing else."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from fastapi import FastAPI

from api.app import create_app
from api.openapi.examples import EXAMPLES
from config import Settings
from domain.statuses import OrderStatus
from tests.integration.api.matrix import settings as barred

STATUSES = {
    "POST /customers": {200, 201, 409, 413, 422, 429, 500, 503},
    "GET /customers/{id}": {200, 404, 413, 422, 429, 500, 503},
    "POST /customers/{id}/credits": {200, 201, 404, 409, 413, 422, 429, 500, 503},
    "PUT /customers/{id}/card": {200, 404, 409, 413, 422, 429, 500, 503},
    "GET /products": {200, 413, 422, 429, 500, 503},
    "GET /products/{sku}": {200, 404, 413, 422, 429, 500, 503},
    "PUT /products/{sku}": {200, 201, 413, 422, 429, 500, 503},
    "POST /orders": {202, 409, 413, 422, 429, 500, 503},
    "GET /orders": {200, 413, 422, 429, 500, 503},
    "GET /orders/{id}": {200, 404, 413, 422, 429, 500, 503},
    "GET /orders/{id}/events": {200, 204, 404, 413, 422, 429, 500, 503},
    "GET /orders/{id}/attempts": {200, 404, 413, 422, 429, 500, 503},
    "GET /orders/{id}/mails": {200, 404, 413, 422, 429, 500, 503},
    "POST /orders/{id}/cancel": {202, 404, 409, 413, 422, 429, 500, 503},
    "POST /payments": {202, 409, 413, 422, 429, 500, 503},
    "GET /payments/{id}": {200, 404, 413, 422, 429, 500, 503},
    "GET /payments/{id}/authentication": {200, 404, 409, 413, 422, 429, 500, 503},
    "GET /payments/{id}/events": {200, 204, 404, 413, 422, 429, 500, 503},
    "GET /payments/{id}/mails": {200, 404, 413, 422, 429, 500, 503},
    "GET /payments/{id}/transfers": {200, 404, 413, 422, 429, 500, 503},
    "PUT /payments/{id}/card": {202, 404, 409, 413, 422, 429, 500, 503},
    "GET /payments/{id}/refunds": {200, 404, 413, 422, 429, 500, 503},
    "GET /payments/{id}/disputes": {200, 404, 413, 422, 429, 500, 503},
    "POST /payments/{id}/refunds": {200, 202, 404, 409, 413, 422, 429, 500, 503},
    "POST /payments/{id}/refunds/{reference}/settle": {200, 404, 409, 413, 422, 429, 500, 503},
    "GET /ui-config": {200, 413, 422, 429},
    "GET /card-update": {200, 401, 404, 413, 422, 429, 500, 503},
    "GET /card-update/authentication": {200, 401, 404, 409, 413, 422, 429, 500, 503},
    "PUT /card-update": {202, 401, 404, 409, 413, 422, 429, 500, 503},
    "POST /webhooks/stripe": {200, 400, 413, 422, 429, 500, 503},
    "GET /healthz": {200, 413, 422, 429},
    "GET /readyz": {200, 413, 422, 429, 500, 503},
    "GET /metrics": {200, 413, 422, 429, 500},
    "GET /operations": {200, 413, 422, 429, 500, 503},
    "GET /operations/waiting": {200, 413, 422, 429, 500, 503},
    "GET /operations/customers": {200, 413, 422, 429, 500, 503},
    "POST /dev/payments/{id}/fast-forward": {200, 404, 409, 413, 422, 429, 500, 501, 503},
    "GET /dev/troubles": {200, 413, 422, 429, 500, 501, 503},
    "PUT /dev/troubles/{name}": {200, 413, 422, 429, 500, 501, 503},
    "DELETE /dev/troubles": {200, 413, 422, 429, 500, 501, 503},
    "POST /dev/audit": {200, 409, 413, 422, 429, 500, 503},
}
"""What the contract, the card number guard and the machine room make possible.

Without tokens all but what is signed may also be called by a wrong name (421).
"""

LINKED = {"GET /card-update", "GET /card-update/authentication", "PUT /card-update"}
"""What requires the token of a reminder's link."""

SCOPES = {
    "POST /customers": ["operator"],
    "GET /customers/{id}": ["orders:read"],
    "POST /customers/{id}/credits": ["operator"],
    "PUT /customers/{id}/card": ["cards:write"],
    "GET /products": ["orders:read"],
    "GET /products/{sku}": ["orders:read"],
    "PUT /products/{sku}": ["operator"],
    "POST /orders": ["orders:write"],
    "GET /orders": ["orders:read"],
    "GET /orders/{id}": ["orders:read"],
    "GET /orders/{id}/events": ["orders:read"],
    "GET /orders/{id}/attempts": ["orders:read"],
    "GET /orders/{id}/mails": ["orders:read"],
    "POST /orders/{id}/cancel": ["orders:write"],
    "POST /payments": ["orders:write"],
    "GET /payments/{id}": ["orders:read"],
    "GET /payments/{id}/authentication": ["cards:write"],
    "GET /payments/{id}/events": ["orders:read"],
    "GET /payments/{id}/mails": ["orders:read"],
    "GET /payments/{id}/transfers": ["orders:read"],
    "PUT /payments/{id}/card": ["cards:write"],
    "GET /payments/{id}/refunds": ["orders:read"],
    "GET /payments/{id}/disputes": ["orders:read"],
    "POST /payments/{id}/refunds": ["operator"],
    "POST /payments/{id}/refunds/{reference}/settle": ["operator"],
    "GET /metrics": ["operator"],
    "GET /operations": ["operator"],
    "GET /operations/waiting": ["operator"],
    "GET /operations/customers": ["operator"],
    "POST /dev/payments/{id}/fast-forward": ["operator", "dev"],
    "GET /dev/troubles": ["operator", "dev"],
    "PUT /dev/troubles/{name}": ["operator", "dev"],
    "DELETE /dev/troubles": ["operator", "dev"],
    "POST /dev/audit": ["operator", "dev"],
}
"""Of all of them each, where tokens count; what is not here is open."""


@pytest.fixture
async def document(http: httpx.AsyncClient) -> dict[str, Any]:
    """As it is served."""
    return (await http.get("/openapi.json")).json()


async def test_every_status_is_documented(document: dict[str, Any]) -> None:
    documented = {
        name: {int(status) for status in operation["responses"]}
        for name, operation in _operations(document).items()
    }
    named = {name: {421} for name in STATUSES.keys() - {"POST /webhooks/stripe"}}
    assert documented == {name: STATUSES[name] | named.get(name, set()) for name in STATUSES}


async def test_errors_are_documented_as_problems(document: dict[str, Any]) -> None:
    assert {"Problem", "FieldError"} <= document["components"]["schemas"].keys()
    for operation in _operations(document).values():
        for status, response in operation["responses"].items():
            if int(status) >= 400:
                assert response["content"] == {
                    "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
                }
            assert ("Retry-After" in response.get("headers", {})) == (status in {"429", "503"})


async def test_successes_are_documented(document: dict[str, Any]) -> None:
    operations = _operations(document)
    for name, operation in operations.items():
        for status, response in operation["responses"].items():
            if int(status) < 300:
                kinds = {"application/json"}
                if name.endswith("/events"):
                    kinds |= {"text/event-stream"}
                if name.endswith("/metrics"):
                    kinds = {"text/plain"}
                if status == "204":
                    kinds = set()
                assert response.get("content", {}).keys() == kinds
    for name in ("POST /orders", "POST /payments"):
        assert "Location" in operations[name]["responses"]["202"]["headers"]


async def test_no_parameter_is_null(document: dict[str, Any]) -> None:
    parameters = {
        (name, parameter["name"]): parameter["schema"]
        for name, operation in _operations(document).items()
        for parameter in operation.get("parameters", [])
    }
    assert "null" not in str(parameters)
    assert parameters["POST /orders", "Idempotency-Key"]["type"] == "string"
    assert "$ref" in parameters["GET /orders", "status"]


async def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"].keys()
    references = set(_references(document))
    assert references
    assert {reference.rpartition("/")[2] for reference in references} <= schemas


async def test_nobody_is_asked_for_a_token(document: dict[str, Any]) -> None:
    assert document["components"]["securitySchemes"].keys() == {"card_link"}
    asking = {name for name, one in _operations(document).items() if "security" in one}
    assert asking == LINKED


def test_where_tokens_count(tmp_path: Path) -> None:
    """What the document has besides: who may, and what those get who may not."""
    document = create_app(barred(tmp_path)).openapi()
    scheme = document["components"]["securitySchemes"]["token"]
    assert (scheme["type"], scheme["scheme"], scheme["bearerFormat"]) == ("http", "bearer", "JWT")
    needed: dict[str, list[str]] = {}
    for name, operation in _operations(document).items():
        statuses = {int(status) for status in operation["responses"]}
        if "security" in operation and name not in LINKED:
            [[needed[name]]] = [way.values() for way in operation["security"]]
            assert statuses == STATUSES[name] | {401, 403, 503}
            for status in ("401", "403"):
                assert "WWW-Authenticate" in operation["responses"][status]["headers"]
        else:
            assert statuses == STATUSES[name]
    assert needed == SCOPES


async def test_docs(http: httpx.AsyncClient) -> None:
    answer = await http.get("/docs")
    assert answer.status_code == 200
    assert "/docs/openapi.json" in answer.text


async def test_what_a_pattern_allows_is_said_in_words(
    http: httpx.AsyncClient, document: dict[str, Any]
) -> None:
    """Programs get the pattern as well, people only the words."""
    patterns = list(_patterns(document))
    assert len(patterns) > 10
    for schema, description in patterns:
        words = schema.get("description", description)
        assert words
        assert schema["pattern"] not in words
    for_people = (await http.get("/docs/openapi.json")).json()
    assert not list(_patterns(for_people))
    assert "[a-z" not in str(for_people).lower()
    assert for_people["paths"].keys() == document["paths"].keys()


@pytest.mark.parametrize(
    ("path", "body", "field", "allowed"),
    [
        (
            *("/customers", {"id": "Kermit!", "name": "K", "email": "k@example.com"}, "id"),
            "1 to 64 lowercase letters, digits, hyphens and underscores, a letter or digit first",
        ),
        (
            *("/customers", {"id": "kermit", "name": "K", "email": "k"}, "email"),
            "an e-mail address, such as kermit@example.com",
        ),
        (
            *("/customers/kermit/card", {"payment_method": "visa"}, "payment_method"),
            "a token of the card provider, such as pm_card_visa",
        ),
    ],
)
async def test_a_refusal_says_in_words_what_is_allowed(
    http: httpx.AsyncClient, path: str, body: dict[str, Any], field: str, allowed: str
) -> None:
    answer = await http.request("PUT" if path.endswith("card") else "POST", path, json=body)
    assert answer.status_code == 422
    fault = {"location": "body", "field": field, "message": f"must be {allowed}"}
    assert answer.json()["errors"] == [fault]


def test_the_description_names_what_a_token_takes(settings: Settings, tmp_path: Path) -> None:
    without = create_app(settings).openapi()["info"]["description"]
    assert "needs no token" in without
    with_tokens = create_app(barred(tmp_path)).openapi()["info"]["description"]
    assert "make token CUSTOMER=kermit" in with_tokens
    for status in OrderStatus:
        assert f"`{status}`" in without
    production = settings.model_copy(update={"development_mode": False})
    assert "fast-forward" in without
    assert "fast-forward" not in create_app(production).openapi()["info"]["description"]


def test_every_example_is_of_an_endpoint(settings: Settings) -> None:
    """And gives all of its path's parameters; `test_openapi_examples.py` sends them."""
    operations = _operations(create_app(settings).openapi())
    assert EXAMPLES.keys() <= operations.keys()
    for name in EXAMPLES:
        parameters = operations[name].get("parameters", [])
        required = {one["name"] for one in parameters if one["required"]}
        shown = {one["name"] for one in parameters if {"example", "examples"} & one.keys()}
        assert required <= shown
        assert shown == EXAMPLES[name].parameters.keys()
        content = operations[name].get("requestBody", {}).get("content", {})
        assert ("examples" in content.get("application/json", {})) == bool(EXAMPLES[name].bodies)


def test_dev_is_for_development_only(settings: Settings) -> None:
    app: FastAPI = create_app(settings.model_copy(update={"development_mode": False}))
    assert _operations(app.openapi()).keys() == {name for name in STATUSES if "/dev/" not in name}


def _operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        f"{method.upper()} {path}": operation
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    }


def _patterns(part: Any, description: str = "") -> Iterator[tuple[dict[str, Any], str]]:
    """Each schema with a pattern, and the description of what it is in."""
    match part:
        case dict():
            members = cast("dict[str, Any]", part)
            if isinstance(members.get("pattern"), str):
                yield members, description
            for inner in members.values():
                yield from _patterns(inner, str(members.get("description", "")))
        case list():
            for inner in cast("Any", part):
                yield from _patterns(inner, description)
        case _:
            pass


def _references(part: Any) -> list[str]:
    match part:
        case {"$ref": str(reference)}:
            return [reference]
        case dict():
            return [found for inner in cast("Any", part).values() for found in _references(inner)]
        case list():
            return [found for inner in cast("Any", part) for found in _references(inner)]
        case _:
            return []
