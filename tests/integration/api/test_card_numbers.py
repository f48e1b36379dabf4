"""A card number is refused wherever it stands, and appears nowhere: not in answers, not in logs."""

import json
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from api.app import create_app
from tests.integration.api import matrix
from tests.integration.api.problems import problem_of
from tests.support.card_numbers import NUMBERS

ID = "6a1f8e9e-5d9e-4a53-9d53-0f0a3f0a9e21"


@pytest.mark.parametrize("number", NUMBERS)
async def test_bodies(
    http: httpx.AsyncClient, caplog: pytest.LogCaptureFixture, tmp_path: Path, number: str
) -> None:
    caplog.set_level(logging.DEBUG)
    card = {"payment_method": number}
    bodies: list[tuple[str, str, Any, str]] = [
        ("PUT", "/customers/kermit/card", card, "payment_method"),
        ("PUT", f"/payments/{ID}/card", {"payment_method": f"pm_{number}"}, "payment_method"),
        ("POST", "/customers", {"id": "g", "name": number, "email": "g@example.com"}, "name"),
        ("POST", "/customers", {"id": "g", "name": "G", "email": f"{number}@x.com"}, "email"),
        ("POST", "/payments", {"customer_id": "kermit", "reference": number}, "reference"),
        ("POST", "/orders", {"lines": [{"sku": "x", "cvc": [number]}]}, "lines.0.cvc.0"),
        ("POST", "/orders", {number: "x"}, ""),
        ("POST", "/orders/1/cancel", number, ""),
        ("POST", "/nowhere", {"card": number}, "card"),
    ]
    for method, path, body, field in bodies:
        for ensure_ascii in (True, False):
            content = json.dumps(body, ensure_ascii=ensure_ascii).encode()
            answer = await http.request(method, path, content=content)
            _refused_silently(answer, number, field)
    for content in (f"{{{number}", f"card={number}", f'{{"days": {number}}}'):
        answer = await http.post(f"/dev/payments/{ID}/fast-forward", content=content.encode())
        assert number not in answer.text
        problem_of(answer, 422)
    _written_nowhere(number, caplog, tmp_path)


@pytest.mark.parametrize("number", [number for number in NUMBERS if number.isascii()])
async def test_paths_queries_and_headers(
    http: httpx.AsyncClient, caplog: pytest.LogCaptureFixture, tmp_path: Path, number: str
) -> None:
    caplog.set_level(logging.DEBUG, logger="api")
    for path in (
        f"/customers/{number}",
        f"/orders?customer_id={number}",
        f"/{number}",
        f"/products?{number}",
    ):
        _refused_silently(await http.get(path), number, "")
    headers = {"Idempotency-Key": number}
    _refused_silently(await http.get("/products", headers=headers), number, "")
    # Nothing of them is read, stored or logged.
    for path in (f"/?{number}", f"/healthz?{number}", f"/assets/{number}"):
        assert (await http.get(path)).status_code in {200, 404, 503}
    _written_nowhere(number, caplog, tmp_path)


@pytest.mark.parametrize(
    "header",
    [
        *("X-Cloud-Trace-Context", "x-datadog-trace-id", "Cookie", "Last-Event-ID", "User-Agent"),
        *("X-Request-ID", "X-Correlation-ID"),
    ],
)
async def test_headers_that_nobody_keeps_may_hold_any_number(
    http: httpx.AsyncClient, caplog: pytest.LogCaptureFixture, tmp_path: Path, header: str
) -> None:
    caplog.set_level(logging.DEBUG, logger="api")
    for path in ("/healthz", "/products"):
        answer = await http.get(path, headers={header: "4242424242424242"})
        assert answer.status_code == 200
    _written_nowhere("4242424242424242", caplog, tmp_path)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig"])
async def test_other_encodings_than_utf_8_are_refused(
    http: httpx.AsyncClient, encoding: str
) -> None:
    customer = {"id": "gonzo", "name": "4242 4242 4242 4242", "email": "g@example.com"}
    for name in (customer["name"], "Gonzo"):
        content = json.dumps(customer | {"name": name}).encode(encoding)
        headers = {"Content-Type": f"application/json; charset={encoding}"}
        problem = problem_of(await http.post("/customers", content=content, headers=headers), 422)
        assert problem["errors"][0]["message"] == "must be JSON in UTF-8"
    problem_of(await http.get("/customers/gonzo"), 404)


async def test_escaped_digits_of_other_scripts(http: httpx.AsyncClient) -> None:
    """Mathematical digits are two escapes each."""
    number = "".join(chr(0x1D7CE + int(digit)) for digit in "4242424242424242")
    content = json.dumps({"id": "g", "name": number, "email": "g@example.com"}).encode()
    problem = problem_of(await http.post("/customers", content=content), 422)
    assert problem["type"] == "urn:problem-type:card-number"


LIKE_A_CARD = "42424242-4242-4242-8242-424242424242"


async def test_a_card_number_in_the_form_of_an_id_is_refused_where_clients_choose_it(
    http: httpx.AsyncClient,
) -> None:
    customer = {"id": LIKE_A_CARD, "name": "G", "email": "g@example.com"}
    product = {"name": "Lily", "price": 2500, "stock": 1}
    for answer in (
        await http.post("/customers", json=customer),
        await http.put(f"/products/{LIKE_A_CARD}", json=product),
    ):
        assert problem_of(answer, 422)["type"] == "urn:problem-type:card-number"


async def test_ids_of_ours_may_look_like_one(http: httpx.AsyncClient) -> None:
    for path in ("/orders/{}", "/payments/{}", "/payments/{}/events", "/orders?customer_id={}"):
        answer = await http.get(path.format(LIKE_A_CARD))
        assert answer.status_code != 422
    headers = {"Idempotency-Key": LIKE_A_CARD}
    assert (await http.get("/products", headers=headers)).status_code == 200


async def test_a_trade_item_number_is_a_sku(http: httpx.AsyncClient) -> None:
    body = {"name": "Lily, 5901234123457", "price": 2500, "stock": 1}
    answer = await http.put("/products/5901234123457", json=body)
    assert answer.status_code == 201


async def test_methods(
    http: httpx.AsyncClient, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    """Clients may make up any; the metrics have one name for all that are unusual."""
    caplog.set_level(logging.DEBUG)
    for path in ("/products", "/healthz", "/nowhere"):
        for method in ("4242424242424242", "4111-1111-1111-1111"):
            answer = await http.request(method, path)
            assert answer.status_code in {404, 405}
            assert method not in answer.text
            assert method not in (await http.get("/metrics")).text
            _written_nowhere(method, caplog, tmp_path)
    assert 'method="OTHER"' in (await http.get("/metrics")).text


async def test_white_space_that_is_escaped(http: httpx.AsyncClient) -> None:
    content = json.dumps({"name": "4111\t1111\n1111\r\n1111"}).encode()
    problem = problem_of(await http.post("/customers", content=content), 422)
    assert problem["type"] == "urn:problem-type:card-number"


class UnreadError(Exception):
    """Somebody began to read a body that is nobody's business."""


async def _unread() -> AsyncIterator[bytes]:
    raise UnreadError
    yield b""


@pytest.mark.parametrize("path", ["/healthz", "/docs", "/assets/x", "/", "/ui-config"])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
async def test_a_body_that_nobody_takes_is_not_read(
    http: httpx.AsyncClient, method: str, path: str
) -> None:
    answer = await http.request(method, path, content=_unread())
    assert answer.status_code in {200, 404, 405, 503}  # the page may not be built


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_the_body_of_a_get_is_not_searched(http: httpx.AsyncClient, method: str) -> None:
    """Nothing uses it, and a search of the longest body takes time."""
    answer = await http.request(method, "/products", content=b"4242424242424242")
    assert answer.status_code == 200


async def test_a_stranger_is_asked_for_the_link_before_the_body_is_read(tmp_path: Path) -> None:
    app = create_app(matrix.settings(tmp_path))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
        for headers in ({}, {"Authorization": "Bearer x"}):
            answer = await http.put("/card-update", content=_unread(), headers=headers)
            problem_of(answer, 401)


async def test_a_fault_of_ours_logs_no_body(
    app: FastAPI, http: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    app.state.context = None
    answer = await http.post("/customers", json={"id": "g", "name": "canary", "email": "g@x.com"})
    problem_of(answer, 500)
    assert "canary" not in answer.text
    assert "canary" not in caplog.text


def _refused_silently(answer: httpx.Response, number: str, field: str) -> None:
    problem = problem_of(answer, 422)
    assert [fault["field"] for fault in problem["errors"]] == [field]
    assert number not in json.dumps(problem, ensure_ascii=False)
    assert number not in str(answer.headers)


def _written_nowhere(number: str, caplog: pytest.LogCaptureFixture, folder: Path) -> None:
    ours = [
        record for record in caplog.records if not record.name.startswith(("httpx", "httpcore"))
    ]
    assert not any(number in record.getMessage() for record in ours)
    assert not any(number.encode() in file.read_bytes() for file in folder.iterdir())
