"""A card number is refused wherever it stands, and appears nowhere: not in answers, not in logs."""

import json
import logging
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import httpx
import pytest
from fastapi import FastAPI

from api.app import create_app
from domain.card_numbers import looks_like_a_card_number
from tests.api import matrix
from tests.api.problems import problem_of

NUMBERS = [
    "4242424242424242",
    "4242 4242 4242 4242",
    "4242-4242-4242-4242",
    "5555555555554444",
    "2223003122003222",
    "378282246310005",
    "3782 822463 10005",
    "4111/1111/1111/1111",
    "4111  1111  1111  1111",
    "4111 - 1111 - 1111 - 1111",
    "4111, 1111, 1111, 1111",
    "4111:1111:1111:1111",
    "4111 | 1111 | 1111 | 1111",
    "3782/822463/10005",
    "4/2/2/2/2/2/2/2/2/2/2/2/2",
    "6011111111111117",
    "30569309025904",
    "4222222222222",
    "6304000000000000000",
    "1234 5678 9012 3456",
    "2200000000000004",  # Mir
    "8171999900000000021",  # UnionPay
    "9792030000000000",  # Troy
    "180000000000002",  # JCB
    "4111\u200b1111\u200b1111\u200b1111",
    "5555\u00ad5555 5555\u2060 4444",
    # In full-width digits, as keyboards in East Asia write them.
    "".join(chr(ord("０") + int(digit)) for digit in "4242424242424242"),  # noqa: RUF001
]
ID = "6a1f8e9e-5d9e-4a53-9d53-0f0a3f0a9e21"


@pytest.mark.parametrize("number", NUMBERS)
def test_card_numbers(number: str) -> None:
    for text in (
        number,
        f"pm_{number}",
        f"7, {number}",
        f"{number}/12/30",
        f"my card {number}, 12/30",
        f"x{number}",
        f"7 {number}",
    ):
        assert looks_like_a_card_number(text), text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "kermit",
        "pm_1OoyJb2eZvKYlo2CBIlKvGT1",
        "invoice-20260301-0007",
        "+43 660 123 4567",
        "1700000000000",
        "2026-03-01T12:00:00.123456Z",
        "4242424242424241",
        "42424242",
        "4" * 25,
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "e4242424242424242e40b0b0b0b0b0b0",
        "127.0.0.1:8000",
        "54.239.108.111:44302, 54.239.108.111:44303",
        *(f"54.239.108.11{n}, 10.0.0.1, 52.1.1.1" for n in range(10)),
        *(f"2026-03-31 12:00:00.12345{n}+02:00" for n in range(10)),
        *(f"2026-03-31T12:00:00.12345{n}Z/2026-04-30T12:00:00Z" for n in range(10)),
        *(f"[30.0{n}, 45.00, 50.00, 60.00]" for n in range(10)),
        *(f"EUR 45.2{n}, EUR 1,234,567.89" for n in range(10)),
        f"4242 {ID} 4242 4242 4242",
        "1," * 1000,
        # Times of 2027 in milli-, micro- and nanoseconds; then other dates, money and phones.
        *(f'{{"at": {18 * 10 ** (digits - 2) + n}}}' for digits in (13, 16, 19) for n in range(10)),
        *(f"2026-11-27 02:04:1{n}" for n in range(10)),
        *(f"2026112702041{n}" for n in range(10)),
        *(f"1000000000000, {n}" for n in range(10)),
        *(f"+81 90 1234 567{n}" for n in range(10)),
        *(f"9792 1234 567{n}" for n in range(10)),
    ],
)
def test_other_texts(text: str) -> None:
    assert not looks_like_a_card_number(text)


def test_no_order_id_is_taken_for_a_card_number() -> None:
    ids = (str(uuid5(UUID(ID), str(n))) for n in range(20_000))
    assert not any(looks_like_a_card_number(f"/orders/{id}/events") for id in ids)


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
        f"/?{number}",
    ):
        _refused_silently(await http.get(path), number, "")
    for header in ("Idempotency-Key", "Last-Event-ID", "X-Anything"):
        _refused_silently(await http.get("/healthz", headers={header: number}), number, "")
    _written_nowhere(number, caplog, tmp_path)


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


def test_no_text_takes_long_to_look_through() -> None:
    """However it was made: what strangers send must not cost much more than what others do."""
    usual = _cpu_seconds('{"at": "2026-03-01T12:00:00Z", "sku": "pond-lily", "price": 2500}')
    for odd in ("3,", "1/", "33/", "3/3,", "3", "3 ", "3\u200b", "x3"):
        assert _cpu_seconds(odd) < 40 * usual, odd


def _cpu_seconds(piece: str) -> float:
    """For the longest text that consists of such pieces."""
    text = (piece * 65_536)[:65_536]
    taken: list[float] = []
    for _ in range(3):
        started = time.process_time()
        assert not looks_like_a_card_number(text)
        taken.append(time.process_time() - started)
    return min(taken)


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
    assert answer.status_code in {200, 404, 405}


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
