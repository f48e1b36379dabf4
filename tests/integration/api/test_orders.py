"""Orders and payments that are written down are shown, also while Temporal is unavailable."""

import json
from datetime import timedelta
from uuid import UUID, uuid5

import httpx
import pytest

from api.services.orders import ORDER_ID_NAMESPACE
from api.services.payments import PAYMENT_ID_NAMESPACE
from domain.events import (
    AmountWithdrawn,
    CreditCardFailed,
    GoodsFetched,
    GoodsShipped,
    OrderFulfilled,
    PaymentReceived,
)
from domain.statuses import OrderPolicy
from storage import inventory, orders, payments
from storage.database import Database
from tests.integration.api.problems import problem_of
from tests.support.examples import NOON, add_customer, later, line, order, payment, product

ID = "6a1f8e9e-5d9e-4a53-9d53-0f0a3f0a9e21"
AT_NOON = "2026-03-01T12:00:00Z"


async def test_an_order_without_its_payment(http: httpx.AsyncClient, database: Database) -> None:
    with database.write() as tx:
        orders.place(tx, order(ID, line(quantity=2)))
    assert (await http.get(f"/orders/{ID}")).json() == {
        "id": ID,
        "customer_id": "kermit",
        "policy": "charge_first",
        "status": "awaiting_payment",
        "reason": None,
        "lines": [
            {"sku": "pond-lily", "name": "The pond-lily", "quantity": 2, "price": 2500},
        ],
        "total": 5000,
        "currency": "EUR",
        "payment": None,
        "shipment": None,
        "placed_at": AT_NOON,
        "updated_at": AT_NOON,
    }


async def test_a_waiting_payment(http: httpx.AsyncClient, database: Database) -> None:
    with database.write() as tx:
        payments.request(tx, payment(ID))
        payments.record(tx, ID, AmountWithdrawn(at=NOON, amount=500))
        payments.record(tx, ID, CreditCardFailed(at=NOON, code="card_declined", message="No."))
    shown = (await http.get(f"/payments/{ID}")).json()
    assert shown.pop("now") > "2026-03-01T12"
    assert shown == {
        "id": ID,
        "reference": "order o-1",
        "customer_id": "kermit",
        "status": "awaiting_card",
        "amount": 2500,
        "withdrawn": 500,
        "charged": 0,
        "refunded": 0,
        "currency": "EUR",
        "failure": {"code": "card_declined", "decline_code": None, "message": "No."},
        "deadline": "2026-03-15T12:00:00Z",
        "reminders_sent": 0,
        "next_reminder_at": "2026-03-03T12:00:00Z",
    }


async def test_the_payment_of_an_order(http: httpx.AsyncClient, database: Database) -> None:
    with database.write() as tx:
        orders.place(tx, order(ID))
        payments.request(tx, payment(ID))
    shown = (await http.get(f"/orders/{ID}")).json()["payment"]
    assert (shown["id"], shown["status"]) == (ID, "requested")
    (listed,) = (await http.get("/orders")).json()["orders"]
    assert listed["payment"]["id"] == ID


async def test_nobody_is_behind_the_future(http: httpx.AsyncClient, database: Database) -> None:
    ahead = NOON + timedelta(days=36_500)
    with database.write() as tx:
        payments.request(tx, payment(ID, requested_at=ahead))
        payments.record(tx, ID, PaymentReceived(at=ahead))
    assert (await http.get(f"/payments/{ID}")).json()["now"] == "2126-02-05T12:00:00Z"


async def test_a_payment_that_has_ended(http: httpx.AsyncClient, database: Database) -> None:
    with database.write() as tx:
        payments.request(tx, payment(ID))
        payments.record(tx, ID, PaymentReceived(at=NOON))
    card = {"payment_method": "pm_card_visa"}
    assert (
        "received" in problem_of(await http.put(f"/payments/{ID}/card", json=card), 409)["detail"]
    )
    problem_of(await http.post(f"/dev/payments/{ID}/fast-forward", json={"days": 1}), 409)


async def test_a_fulfilled_order(http: httpx.AsyncClient, database: Database) -> None:
    _fulfill(database)
    shown = (await http.get(f"/orders/{ID}")).json()
    assert shown["status"] == "fulfilled"
    assert shown["shipment"] == {"id": "s", "tracking_number": "t", "status": "booked"}
    problem = problem_of(await http.post(f"/orders/{ID}/cancel"), 409)
    assert "fulfilled" in problem["detail"]


async def test_events(http: httpx.AsyncClient, database: Database) -> None:
    _fulfill(database)
    events = (await http.get(f"/orders/{ID}/events")).json()["events"]
    assert events[0] == {
        "sequence": 1,
        "type": "OrderPlaced",
        "at": AT_NOON,
        "data": {"customer_id": "kermit", "policy": "charge_first", "total": 2500},
    }
    assert [event["type"] for event in events] == EVENTS


async def test_the_stream_of_an_order_that_has_ended(
    http: httpx.AsyncClient, database: Database
) -> None:
    _fulfill(database)
    headers = {"Accept": "text/event-stream"}
    answer = await http.get(f"/orders/{ID}/events", headers=headers)
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert _streamed(answer) == (await http.get(f"/orders/{ID}/events")).json()["events"]
    headers["Last-Event-ID"] = "3"
    rest = _streamed(await http.get(f"/orders/{ID}/events", headers=headers))
    assert [event["sequence"] for event in rest] == [4, 5]


async def test_the_stream_of_a_payment_that_has_ended(
    http: httpx.AsyncClient, database: Database
) -> None:
    with database.write() as tx:
        payments.request(tx, payment(ID))
        payments.record(tx, ID, PaymentReceived(at=NOON))
    answer = await http.get(f"/payments/{ID}/events", headers={"Accept": "text/event-stream"})
    assert [event["type"] for event in _streamed(answer)] == ["PaymentRequested", "PaymentReceived"]


async def test_pages(http: httpx.AsyncClient, database: Database) -> None:
    ids = [str(uuid5(UUID(ID), str(n))) for n in range(5)]
    with database.write() as tx:
        add_customer(tx, "gonzo")
        for n, id in enumerate(ids):
            # Two each at the same moment: the id decides.
            placed_at, customer_id = later(hours=n // 2), ("kermit", "gonzo")[n % 2]
            orders.place(tx, order(id, placed_at=placed_at, customer_id=customer_id))
    newest_first = (await http.get("/orders")).json()
    assert newest_first["next_cursor"] is None
    expected = [order["id"] for order in newest_first["orders"]]
    assert expected[0] == ids[4]
    assert set(expected) == set(ids)

    seen: list[str] = []
    params: dict[str, str | int] = {"limit": 2}
    while True:
        page = (await http.get("/orders", params=params)).json()
        seen += [order["id"] for order in page["orders"]]
        if page["next_cursor"] is None:
            break
        params["cursor"] = page["next_cursor"]
    assert seen == expected
    full = (await http.get("/orders?limit=5")).json()
    assert (len(full["orders"]), full["next_cursor"]) == (5, None)

    of_gonzo = (await http.get("/orders?customer_id=gonzo&status=awaiting_payment")).json()
    assert {order["id"] for order in of_gonzo["orders"]} == {ids[1], ids[3]}
    assert (await http.get("/orders?status=fulfilled")).json()["orders"] == []
    assert (await http.get("/orders?customer_id=nobody")).json()["orders"] == []


async def test_a_key_that_was_used(http: httpx.AsyncClient, database: Database) -> None:
    """No new order is started for it, so that Temporal is not needed."""
    body = {"customer_id": "kermit", "lines": [{"sku": "pond-lily", "quantity": 1}]}
    headers = {"Idempotency-Key": "k-1"}
    with database.write() as tx:
        orders.place(tx, order("1c0e6ee6-8c5e-5e30-8d4c-0c3d3a1d7a55"))
    problem_of(await http.post("/orders", json=body, headers=headers), 503)
    id = str(uuid5(ORDER_ID_NAMESPACE, "k-1"))
    with database.write() as tx:
        orders.place(tx, order(id, line(price=1)))
    again = await http.post("/orders", json=body, headers=headers)
    assert (again.status_code, again.json()["id"], again.json()["total"]) == (202, id, 1)
    assert again.headers["location"] == f"/orders/{id}"
    for other in (
        {"policy": OrderPolicy.CHARGE_LATER},
        {"lines": [{"sku": "pond-lily", "quantity": 2}]},
    ):
        problem_of(await http.post("/orders", json=body | other, headers=headers), 422)


async def test_a_changed_price_places_nothing(http: httpx.AsyncClient, database: Database) -> None:
    body = {"customer_id": "kermit", "lines": [{"sku": "pond-lily", "quantity": 2}]}
    for expected in (4999, 0, 5001):
        answer = await http.post("/orders", json=body | {"expected_total": expected})
        problem = problem_of(answer, 409)
        assert problem["type"] == "urn:problem-type:price-changed"
        assert (problem["expected_total"], problem["total"]) == (expected, 5000)
        assert "EUR 50.00" in problem["detail"]
    # What matches gets as far as Temporal, which is not there.
    problem_of(await http.post("/orders", json=body | {"expected_total": 5000}), 503)
    problem_of(await http.post("/orders", json=body | {"expected_total": -1}), 422)
    assert (await http.get("/orders")).json()["orders"] == []


async def test_a_key_that_was_used_answers_the_first_order_whatever_it_costs_now(
    http: httpx.AsyncClient, database: Database
) -> None:
    body = {"customer_id": "kermit", "lines": [{"sku": "pond-lily", "quantity": 1}]}
    headers = {"Idempotency-Key": "k-1"}
    id = str(uuid5(ORDER_ID_NAMESPACE, "k-1"))
    with database.write() as tx:
        orders.place(tx, order(id, line(price=1)))
    again = await http.post("/orders", json=body | {"expected_total": 1}, headers=headers)
    assert (again.status_code, again.json()["id"]) == (202, id)
    problem_of(await http.post("/orders", json=body | {"expected_total": 2}, headers=headers), 422)


async def test_a_reference_that_was_used(http: httpx.AsyncClient, database: Database) -> None:
    id = str(uuid5(PAYMENT_ID_NAMESPACE, "invoice-7"))
    with database.write() as tx:
        payments.request(tx, payment(id))
    body = {"customer_id": "kermit", "amount": 2500, "reference": "invoice-7"}
    again = await http.post("/payments", json=body)
    assert (again.status_code, again.json()["id"]) == (202, id)
    assert again.headers["location"] == f"/payments/{id}"
    for other in ({"amount": 1}, {"customer_id": "gonzo"}):
        problem_of(await http.post("/payments", json=body | other), 409)


LEAST = "must amount to nothing or to at least EUR 0.50, the least that a card can pay"


@pytest.mark.parametrize("amount", [1, 49])
async def test_less_than_a_card_can_pay_is_refused(
    http: httpx.AsyncClient, database: Database, amount: int
) -> None:
    with database.write() as tx:
        inventory.put(tx, product("bead", price=amount))
    lines = [{"sku": "bead", "quantity": 1}]
    order = await http.post("/orders", json={"customer_id": "kermit", "lines": lines})
    body = {"customer_id": "kermit", "amount": amount, "reference": "invoice-7"}
    for answer, field in ((order, "lines"), (await http.post("/payments", json=body), "amount")):
        [fault] = problem_of(answer, 422)["errors"]
        assert fault == {"location": "body", "field": field, "message": LEAST}


async def test_a_payment_that_was_accepted_before_is_found_again(
    http: httpx.AsyncClient, database: Database
) -> None:
    id = str(uuid5(PAYMENT_ID_NAMESPACE, "invoice-7"))
    with database.write() as tx:
        payments.request(tx, payment(id, amount=49))
    body = {"customer_id": "kermit", "amount": 49, "reference": "invoice-7"}
    again = await http.post("/payments", json=body)
    assert (again.status_code, again.json()["id"]) == (202, id)


EVENTS = ["OrderPlaced", "PaymentReceived", "GoodsFetched", "GoodsShipped", "OrderFulfilled"]


def _fulfill(database: Database) -> None:
    with database.write() as tx:
        orders.place(tx, order(ID))
        for event in (
            PaymentReceived(at=NOON),
            GoodsFetched(at=NOON),
            GoodsShipped(at=NOON, shipment_id="s", tracking_number="t"),
            OrderFulfilled(at=NOON),
        ):
            orders.record(tx, ID, event)


def _streamed(answer: httpx.Response) -> list[dict[str, object]]:
    """The events of a stream, whose fields must agree with the data."""
    events: list[dict[str, object]] = []
    for block in answer.text.replace("\r\n", "\n").strip().split("\n\n"):
        fields = dict(text.split(": ", 1) for text in block.split("\n"))
        event = json.loads(fields["data"])
        assert fields == {
            "id": str(event["sequence"]),
            "event": event["type"],
            "data": fields["data"],
        }
        events.append(event)
    return events
