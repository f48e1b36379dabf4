"""Requests with canaries in every place that the OpenAPI document has, and in some it has not."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from tests.api.matrix import BODIES, OWNER, Endpoint
from tests.canaries.numbers import CVC, CVC_FIELDS, numbers

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class CanaryRequest:
    """To an endpoint, with a canary at `place`."""

    endpoint: Endpoint
    place: str
    url: str
    params: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    json: Any = None

    def __str__(self) -> str:
        return f"{self.endpoint} {self.place}"


def requests(
    document: Mapping[str, Any], endpoints: list[Endpoint], id: str, forms: int
) -> Iterator[CanaryRequest]:
    """All of them, about that order or payment: each place in so many forms, others in the next."""
    fresh = numbers()
    for endpoint in endpoints:
        operation = document["paths"][endpoint.path][endpoint.method.lower()]
        for place in _places(endpoint, operation):
            for canary in islice(fresh, forms):
                yield _with(endpoint, place, canary, id)
        good = _body(endpoint)
        for path in _objects(good):
            for name in CVC_FIELDS:
                body = _put(good, (*path, name), CVC)
                place = ".".join(map(str, (*path, name)))
                yield CanaryRequest(endpoint, f"body {place}", _url(endpoint, id), json=body)


def _places(endpoint: Endpoint, operation: Mapping[str, Any]) -> Iterator[tuple[str, Path]]:
    for parameter in operation.get("parameters", []):
        yield parameter["in"], (parameter["name"],)
    yield from (("query", ("search",)), ("header", ("X-Anything",)), ("header", ("User-Agent",)))
    if endpoint.method != "GET":
        yield "raw", ()
    body = _body(endpoint)
    for path in _leaves(body):
        yield "body", path
    for path in _objects(body):
        yield "body", (*path, "number")


def _with(endpoint: Endpoint, place: tuple[str, Path], canary: str, id: str) -> CanaryRequest:
    where, path = place
    name = ".".join(map(str, path))
    told = f"{where} {name}"
    url, body = _url(endpoint, id), _body(endpoint)
    match where:
        case "path":
            return CanaryRequest(endpoint, told, endpoint.path.replace(f"{{{name}}}", canary))
        case "query":
            return CanaryRequest(endpoint, told, url, params={name: canary}, json=body)
        case "header":
            return CanaryRequest(endpoint, told, url, headers={name: canary}, json=body)
        case "raw":
            return CanaryRequest(endpoint, told, url, json=f"my card {canary}, 12/30")
        case _:
            number = canary.isdigit() and isinstance(_at(body, path), int)
            value = int(canary) if number else canary
            return CanaryRequest(endpoint, told, url, json=_put(body, path, value))


def _url(endpoint: Endpoint, id: str) -> str:
    return str(endpoint.request(id, OWNER)["url"]).replace("{name}", "cards_down")


def _body(endpoint: Endpoint) -> Any:
    return BODIES[endpoint.body](OWNER) if endpoint.body else None


def _leaves(value: Any, path: Path = ()) -> Iterator[Path]:
    for key, inner in _inside(value):
        if isinstance(inner, dict | list):
            yield from _leaves(inner, (*path, key))
        else:
            yield (*path, key)


def _objects(value: Any, path: Path = ()) -> Iterator[Path]:
    if isinstance(value, dict):
        yield path
    for key, inner in _inside(value):
        yield from _objects(inner, (*path, key))


def _inside(value: Any) -> Iterator[tuple[str | int, Any]]:
    match value:
        case dict():
            yield from value.items()
        case list():
            yield from enumerate(value)
        case _:
            pass


def _at(body: Any, path: Path) -> Any:
    for key in path[:-1]:
        body = body[key]
    return body.get(path[-1]) if isinstance(body, dict) else body[path[-1]]


def _put(body: Any, path: Path, value: object) -> Any:
    changed = inner = deepcopy(body)
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return changed
