"""Requests with canaries in every place that the OpenAPI document has, and in some it has not."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import httpx

from api.middleware.authentication import is_public
from api.middleware.card_number_filter import KEPT_HEADERS
from tests.integration.api.matrix import BODIES, OWNER, Endpoint
from tests.verification.canaries.numbers import CVC, CVC_FIELDS, cards, numbers
from tests.verification.canaries.places import Path, leaves, objects, put


@dataclass(frozen=True)
class CanaryRequest:
    """To an endpoint, with a canary at `place`; to be refused, unless `content` is signed."""

    endpoint: Endpoint
    place: str
    url: str
    params: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    json: Any = None
    content: str | None = None

    def __str__(self) -> str:
        return f"{self.endpoint} {self.place}"

    @property
    def is_kept(self) -> bool:
        """Whether anything of the place may be stored or logged."""
        where, _, name = self.place.partition(" ")
        return not (
            (where == "header" and name.lower() not in KEPT_HEADERS)
            or (where in {"query", "header"} and is_public(self.endpoint.path))
        )

    def is_answered_well(self, answer: httpx.Response) -> bool:
        """What Stripe signs is never refused; what it is not about is left aside."""
        if not self.is_kept:
            return answer.status_code != HTTPStatus.INTERNAL_SERVER_ERROR
        return answer.is_success if self.content else answer.is_client_error


def requests(
    document: Mapping[str, Any], endpoints: list[Endpoint], id: str, forms: int
) -> Iterator[CanaryRequest]:
    """All of them, about that order or payment: see `cards` for what each place gets."""
    fresh = numbers()
    for endpoint in endpoints:
        operation = document["paths"][endpoint.path][endpoint.method.lower()]
        for place in _places(endpoint, operation):
            for canary in cards(fresh, forms):
                yield _with(endpoint, place, canary, id)
        good = _body(endpoint)
        for path in objects(good):
            for name in CVC_FIELDS:
                body = put(good, (*path, name), CVC)
                place = ".".join(map(str, (*path, name)))
                yield CanaryRequest(endpoint, f"body {place}", _url(endpoint, id), json=body)


def _places(endpoint: Endpoint, operation: Mapping[str, Any]) -> Iterator[tuple[str, Path]]:
    for parameter in operation.get("parameters", []):
        yield parameter["in"], (parameter["name"],)
    yield from (("query", ("search",)), ("header", ("Idempotency-Key",)))
    if endpoint.method == "GET":
        # Headers that are not searched: other requests would be accepted, and have effects.
        yield from (("header", (name,)) for name in ("X-Request-ID", "X-Anything", "User-Agent"))
    else:
        yield "raw", ()
    body = _body(endpoint)
    for path in leaves(body):
        yield "body", path
    for path in objects(body):
        yield "body", (*path, "number")


def _with(endpoint: Endpoint, place: tuple[str, Path], canary: str, id: str) -> CanaryRequest:
    where, path = place
    name = ".".join(map(str, path))
    label = f"{where} {name}"
    url, body = _url(endpoint, id), _body(endpoint)
    match where:
        case "path":
            return CanaryRequest(endpoint, label, endpoint.path.replace(f"{{{name}}}", canary))
        case "query":
            return CanaryRequest(endpoint, label, url, params={name: canary}, json=body)
        case "header":
            return CanaryRequest(endpoint, label, url, headers={name: canary}, json=body)
        case "raw":
            return CanaryRequest(endpoint, label, url, json=f"my card {canary}, 12/30")
        case _:
            return CanaryRequest(endpoint, label, url, json=put(body, path, canary))


def _url(endpoint: Endpoint, id: str) -> str:
    return str(endpoint.request(id, OWNER)["url"]).replace("{name}", "cards_down")


def _body(endpoint: Endpoint) -> Any:
    return BODIES[endpoint.body](OWNER) if endpoint.body else None
