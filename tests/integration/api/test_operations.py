"""What operators see."""

from datetime import UTC, datetime, timedelta

import httpx

from domain.events import (
    AmountWithdrawn,
    CreditCardCharged,
    CreditCardFailed,
    CreditCardRefunded,
    OrderFulfilled,
    PaymentCanceled,
    PaymentReceived,
)
from storage import charges, customers, disputes, orders, payments
from storage.database import Database
from tests.integration.api.problems import fields_of
from tests.support.examples import NOON, later, order, payment
from tests.support.fake_disputes import dispute

FAILED = CreditCardFailed(at=NOON, code="card_declined", message="No.")


async def test_an_empty_shop(http: httpx.AsyncClient) -> None:
    shown = (await http.get("/operations")).json()
    assert {count["orders"] for count in shown["orders"]["statuses"]} == {0}
    assert (shown["orders"]["open"], shown["orders"]["oldest_open_seconds"]) == (0, None)
    assert (shown["outstanding"]["payments"], shown["outstanding"]["amount"]) == (0, 0)
    assert (shown["recovered"]["declined"], shown["recovered"]["share"]) == (0, None)
    assert (shown["rate"]["per_minute"], shown["rate"]["counts"]) == (0, [])
    assert shown["currency"] == "EUR"
    assert shown["held_by_provider"]["amount"] == 0
    assert (shown["disputes"]["open"], shown["disputes"]["disputes"]) == (0, [])
    for figure in ("orders", "outstanding", "held_by_provider", "recovered", "rate", "disputes"):
        assert shown[figure]["query"].startswith("SELECT ")


async def test_orders(http: httpx.AsyncClient, database: Database) -> None:
    now = datetime.now(UTC)
    ages = (timedelta(hours=3), timedelta(hours=2), timedelta(seconds=1), timedelta(0))
    with database.write() as tx:
        for number, age in enumerate(ages):
            orders.place(tx, order(f"o-{number}", placed_at=now - age))
        orders.record(tx, "o-0", PaymentReceived(at=now))
        orders.record(tx, "o-0", OrderFulfilled(at=now))
    shown = (await http.get("/operations?minutes=10")).json()
    counts = {count["status"]: count["orders"] for count in shown["orders"]["statuses"]}
    assert counts == {
        "placed": 0,
        "awaiting_payment": 3,
        "fetching_goods": 0,
        "shipping": 0,
        "canceling": 0,
        "fulfilled": 1,
        "not_fulfilled": 0,
    }
    assert shown["orders"]["open"] == 3
    assert 7200 <= shown["orders"]["oldest_open_seconds"] < 10_800
    assert (shown["rate"]["orders"], shown["rate"]["per_minute"]) == (2, 0.2)
    assert sum(count["orders"] for count in shown["rate"]["counts"]) == 2


async def test_payments(http: httpx.AsyncClient, database: Database) -> None:
    ended = {"p-1": PaymentReceived, "p-2": PaymentReceived, "p-3": PaymentCanceled}
    with database.write() as tx:
        for id in (*ended, "p-4"):
            payments.request(tx, payment(id))
            payments.record(tx, id, FAILED)
            if id in ended:
                payments.record(tx, id, ended[id](at=NOON))
        payments.request(tx, payment("p-5"))
        payments.record(tx, "p-5", AmountWithdrawn(at=NOON, amount=500))
    shown = (await http.get("/operations")).json()
    assert (shown["outstanding"]["payments"], shown["outstanding"]["amount"]) == (2, 4500)
    recovered = shown["recovered"]
    assert recovered.pop("query")
    assert recovered == {
        "declined": 4,
        "waiting": 1,
        "received": 2,
        "canceled": 1,
        "share": 2 / 3,
    }


async def test_what_the_card_provider_holds(http: httpx.AsyncClient, database: Database) -> None:
    with database.write() as tx:
        payments.request(tx, payment("p-1"))
        payments.record(tx, "p-1", CreditCardCharged(at=NOON, amount=2500))
        payments.record(tx, "p-1", PaymentReceived(at=NOON))
        refunded = CreditCardRefunded(at=NOON, amount=700, left=1800, by_hand=True)
        payments.record(tx, "p-1", refunded, number="re_1")
    held = (await http.get("/operations")).json()["held_by_provider"]
    assert held["amount"] == 1800
    assert "cards:stripe" in held["query"]


async def test_who_waits_for_a_card(http: httpx.AsyncClient, database: Database) -> None:
    with database.write() as tx:
        for number in range(5):
            payments.request(tx, payment(f"p-{number}"))
            failed = FAILED.model_copy(update={"at": later(days=(3, 1, 4, 1, 5)[number])})
            payments.record(tx, f"p-{number}", failed)
    seen: list[str] = []
    params: dict[str, str | int] = {"limit": 2}
    while True:
        page = (await http.get("/operations/waiting", params=params)).json()
        seen += [payment["id"] for payment in page["payments"]]
        assert "awaiting_card" in page["query"]
        if page["next_cursor"] is None:
            break
        params["cursor"] = page["next_cursor"]
    assert seen == ["p-1", "p-3", "p-0", "p-2", "p-4"]
    full = (await http.get("/operations/waiting?limit=5")).json()
    assert (len(full["payments"]), full["next_cursor"]) == (5, None)


async def test_open_disputes(http: httpx.AsyncClient, database: Database) -> None:
    """Ours first, the oldest first; closed ones are left out."""
    with database.write() as tx:
        orders.place(tx, order("o-1"))
        for id in ("o-1", "p-2"):
            payments.request(tx, payment(id))
            charge = charges.begin(tx, id, 1, "pm_card_visa", NOON)
            charges.settle(tx, charge.model_copy(update={"charge_id": f"pi_{id}"}))
        for days, id, charge_id, status in (
            (0, "du_other", "pi_other", "needs_response"),
            (3, "du_late", "pi_o-1", "under_review"),
            (1, "du_early", "pi_p-2", "needs_response"),
            (2, "du_closed", "pi_o-1", "won"),
        ):
            fields = {"charge_id": charge_id, "status": status, "opened_at": later(days=days)}
            disputes.record(tx, dispute(id, **fields), NOON)
        warning = dispute("issfr_1", kind="early_fraud_warning", status="actionable")
        disputes.record(tx, warning, NOON)
    shown = (await http.get("/operations")).json()["disputes"]
    found = [(one["id"], one["payment_id"], one["order_id"]) for one in shown["disputes"]]
    assert found == [
        ("du_early", "p-2", None),
        ("du_late", "o-1", "o-1"),
        ("du_other", None, None),
        ("issfr_1", None, None),
    ]
    assert shown["open"] == 4
    assert shown["disputes"][1]["status"] == "under_review"


async def test_what_makes_no_sense(http: httpx.AsyncClient) -> None:
    assert fields_of(await http.get("/operations?minutes=0")) == {"minutes"}
    assert fields_of(await http.get("/operations/waiting?cursor=x")) == {"cursor"}


async def test_orders_are_searched_by_id_and_customer(
    http: httpx.AsyncClient, database: Database
) -> None:
    with database.write() as tx:
        for id in ("a_1", "ab1", "b-a_"):
            orders.place(tx, order(id))

    async def found(search: str) -> list[str]:
        shown = (await http.get("/orders", params={"search": search})).json()["orders"]
        return sorted(order["id"] for order in shown)

    assert await found("a_") == ["a_1"]
    assert await found("b") == ["b-a_"]
    assert await found("ermi") == ["a_1", "ab1", "b-a_"]
    assert await found("piggy") == []
    assert fields_of(await http.get("/orders", params={"search": "%"})) == {"search"}


async def test_all_customers_are_listed(http: httpx.AsyncClient, database: Database) -> None:
    with database.write() as tx:
        for id in ("piggy", "gonzo", "fozzie"):
            customers.create(tx, id, id.title(), f"{id}@example.com", "EUR")
    first = (await http.get("/operations/customers?limit=3")).json()
    assert [one["id"] for one in first["customers"]] == ["fozzie", "gonzo", "kermit"]
    kermit = (await http.get("/customers/kermit")).json()
    assert first["customers"][2] == kermit
    query = {"limit": 3, "cursor": first["next_cursor"]}
    rest = (await http.get("/operations/customers", params=query)).json()
    assert [one["id"] for one in rest["customers"]] == ["piggy"]
    assert rest["next_cursor"] is None
    for wrong, field in (("limit=0", "limit"), ("cursor=Kermit", "cursor"), ("page=2", "page")):
        assert fields_of(await http.get(f"/operations/customers?{wrong}")) == {field}
