"""The `orders` command: what it asks of the API, what it prints, and its exit codes."""

import json
import os
import shutil
import subprocess
from typing import Any

import pytest

from clients.cli.app import main
from tests.support.processes import REPOSITORY
from tests.support.scripted_http import Script
from tests.unit.clients.answers import CUSTOMER, NOT_FOUND, ORDER, PAYMENT, PRODUCT, Orders

ID = "6a1f8e9e-5d9e-4a53-9d53-0f0a3f0a9e21"
OTHER_ID = "6b000000-5d9e-4a53-9d53-0f0a3f0a9e21"


def asked(api: Script) -> list[tuple[str, str, Any]]:
    return [(one.method, one.path, json.loads(one.body or "null")) for one in api.requests]


def test_place(api: Script, orders: Orders, capsys: pytest.CaptureFixture[str]) -> None:
    api.answer(202, ORDER)
    assert orders("place", "kermit", "lily", "rose:3", "--policy", "charge_later") == 0
    body = {
        "customer_id": "kermit",
        "lines": [{"sku": "lily", "quantity": 1}, {"sku": "rose", "quantity": 3}],
        "policy": "charge_later",
    }
    assert asked(api) == [("POST", "/orders", body)]
    assert capsys.readouterr().out == "Order o-1 of 25.00 EUR\n"


def test_place_at_the_total_that_was_seen(api: Script, orders: Orders) -> None:
    api.answer(202, ORDER)
    assert orders("place", "kermit", "lily", "--expected-total", "2500") == 0
    assert json.loads(api.requests[0].body)["expected_total"] == 2500


def test_place_under_a_key_with_a_token(
    api: Script, orders: Orders, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORDERS_TOKEN", "t0k3n")
    api.answer(202, ORDER)
    assert orders("place", "kermit", "lily", "--key", "k-1") == 0
    headers = api.requests[0].headers
    assert (headers["idempotency-key"], headers["authorization"]) == ("k-1", "Bearer t0k3n")


def test_json_is_what_the_api_answers(
    api: Script, orders: Orders, capsys: pytest.CaptureFixture[str]
) -> None:
    api.answer(202, ORDER)
    assert orders("cancel", "o-1", "--json") == 0
    assert asked(api) == [("POST", "/orders/o-1/cancel", None)]
    assert json.loads(capsys.readouterr().out) == ORDER


def test_an_id_is_never_more_than_an_id(api: Script, orders: Orders) -> None:
    api.answer(404, NOT_FOUND)
    assert orders("cancel", "../customers?x#") == 1
    assert api.requests[0].path == "/orders/..%2Fcustomers%3Fx%23/cancel"


@pytest.mark.parametrize(
    ("notified", "said"),
    [
        ([], "Notified 0 waiting payments: -"),
        (["p-1"], "Notified 1 waiting payment: p-1"),
        (["p-1", "p-2"], "Notified 2 waiting payments: p-1, p-2"),
    ],
)
def test_update_the_card_of_a_customer(
    api: Script, orders: Orders, capsys: pytest.CaptureFixture[str], notified: list[str], said: str
) -> None:
    api.answer(200, {"card": {}, "payments": notified})
    assert orders("update-card", "kermit", "pm_card_visa") == 0
    assert asked(api) == [
        ("PUT", "/customers/kermit/card", {"payment_method": "pm_card_visa"}),
    ]
    assert said in capsys.readouterr().out


def test_update_the_card_of_a_payment(api: Script, orders: Orders) -> None:
    api.answer(202, PAYMENT)
    assert orders("update-card", "p-1", "pm_card_visa", "--payment") == 0
    assert asked(api) == [("PUT", "/payments/p-1/card", {"payment_method": "pm_card_visa"})]


def test_refund_a_part(api: Script, orders: Orders, capsys: pytest.CaptureFixture[str]) -> None:
    api.answer(202, PAYMENT | {"status": "refunding"})
    assert orders("refund", "p-1", "500", "return-3") == 0
    body = {"amount": 500, "reference": "return-3"}
    assert asked(api) == [("POST", "/payments/p-1/refunds", body)]
    assert capsys.readouterr().out.startswith("refunding")


def test_refund_what_is_owed(api: Script, orders: Orders) -> None:
    api.answer(202, PAYMENT | {"status": "refunding"})
    assert orders("refund", "p-1", "500", "again", "--replaces", "return-3") == 0
    body = {"amount": 500, "reference": "again", "replaces": "return-3"}
    assert asked(api) == [("POST", "/payments/p-1/refunds", body)]


def test_refunds_and_disputes(
    api: Script, orders: Orders, capsys: pytest.CaptureFixture[str]
) -> None:
    refund = {
        "reference": "return-3",
        "status": "succeeded",
        "failure": None,
        "replaced_by": None,
        "to_card": 400,
        "to_account": 100,
        "requested_at": "2026-03-01T12:00:00Z",
    }
    failed = refund | {"reference": "[b]", "status": "failed", "failure": "expired_card"}
    refunds = [refund, failed | {"replaced_by": "return-5"}]
    held = {"card": 1600, "account": 0, "currency": "EUR", "can_refund": True, "refunds": refunds}
    dispute = {
        "kind": "dispute",
        "status": "needs_response",
        "reason": "fraudulent",
        "amount": 2500,
        "currency": "EUR",
        "is_open": True,
        "opened_at": "2026-03-02T12:00:00Z",
    }
    warning = dispute | {"kind": "early_fraud_warning", "amount": None, "reason": None}
    disputes = {"disputes": [dispute, warning]}
    api.answer(200, held)
    api.answer(200, disputes)

    assert orders("refunds", "p-1") == 0

    paths = [path for _, path, _ in asked(api)]
    assert paths == ["/payments/p-1/refunds", "/payments/p-1/disputes"]
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [" ".join(line) for line in lines] == [
        "disputed 25.00 EUR: needs_response (fraudulent), since 2026-03-02 12:00",
        "early fraud warning: needs_response, since 2026-03-02 12:00",
        "held: card 16.00 EUR, account 0.00 EUR",
        "refund status card account requested",
        "return-3 succeeded 4.00 EUR 1.00 EUR 2026-03-01 12:00",
        "[b] failed (expired_card), replaced by return-5 4.00 EUR 1.00 EUR 2026-03-01 12:00",
    ]


def test_a_payment_that_was_never_given_back(
    api: Script, orders: Orders, capsys: pytest.CaptureFixture[str]
) -> None:
    nothing = {"card": 2500, "account": 0, "currency": "EUR", "can_refund": True, "refunds": []}
    api.answer(200, nothing)
    api.answer(200, {"disputes": []})
    assert orders("refunds", "p-1", "--json") == 0
    assert json.loads(capsys.readouterr().out) == nothing | {"disputes": []}


def test_settle_a_refund_outside(api: Script, orders: Orders) -> None:
    api.answer(200, PAYMENT | {"status": "refunded"})
    assert orders("settle-refund", "p-1", "return-3", "bank transfer") == 0
    assert asked(api) == [
        ("POST", "/payments/p-1/refunds/return-3/settle", {"reason": "bank transfer"})
    ]


def test_fast_forward(api: Script, orders: Orders, capsys: pytest.CaptureFixture[str]) -> None:
    api.answer(200, PAYMENT)
    assert orders("fast-forward", "p-1", "2.5") == 0
    assert asked(api) == [("POST", "/dev/payments/p-1/fast-forward", {"days": 2.5})]
    assert capsys.readouterr().out == (
        "awaiting_card, waiting for another card until 2026-03-15 12:00, "
        "next reminder 2026-03-03 12:00. Your card has insufficient funds.\n"
    )


def test_list_takes_pages_until_there_are_enough(
    api: Script, orders: Orders, capsys: pytest.CaptureFixture[str]
) -> None:
    api.answer(200, {"orders": [ORDER] * 200, "next_cursor": "c1"})
    api.answer(200, {"orders": [ORDER] * 50, "next_cursor": "c2"})
    assert orders("list", "--status", "placed", "--limit", "250", "--json") == 0
    assert [one.path for one in api.requests] == [
        "/orders?status=placed&limit=200",
        "/orders?status=placed&limit=50&cursor=c1",
    ]
    assert len(json.loads(capsys.readouterr().out)["orders"]) == 250


def test_list_ends_with_the_last_page(
    api: Script, orders: Orders, capsys: pytest.CaptureFixture[str]
) -> None:
    off = ORDER | {"status": "not_fulfilled", "reason": "payment_canceled"}
    api.answer(200, {"orders": [ORDER, off], "next_cursor": None})
    assert orders("list") == 0
    printed = capsys.readouterr().out.splitlines()
    assert [line.split() for line in printed[1:]] == [
        ["o-1", "kermit", "charge_first", status, *reason, "25.00", "EUR", "2026-03-01", "12:00"]
        for status, reason in (("awaiting_payment", []), ("not_fulfilled", ["(payment_canceled)"]))
    ]


def test_customers(api: Script, orders: Orders, capsys: pytest.CaptureFixture[str]) -> None:
    piggy = CUSTOMER | {"id": "piggy", "name": "Miss Piggy", "card": None}
    api.answer(200, {"customers": [CUSTOMER, piggy], "next_cursor": None})
    assert orders("customers") == 0
    assert [one.path for one in api.requests] == ["/operations/customers?limit=20"]
    printed = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert printed == [
        ["customer", "name", "balance", "card"],
        ["kermit", "Kermit", "[the", "frog]", "5.00", "EUR", "visa", "4242"],
        ["piggy", "Miss", "Piggy", "5.00", "EUR", "none"],
    ]


def test_products(api: Script, orders: Orders, capsys: pytest.CaptureFixture[str]) -> None:
    api.answer(200, {"products": [PRODUCT]})
    assert orders("products") == 0
    assert [one.path for one in api.requests] == ["/products"]
    printed = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert printed == [
        ["product", "name", "price", "stock"],
        ["lily", "Pond", "lily", "25.00", "EUR", "100"],
    ]


@pytest.mark.parametrize(("command", "one"), [("customers", CUSTOMER), ("products", PRODUCT)])
def test_customers_and_products_as_json(
    api: Script,
    orders: Orders,
    capsys: pytest.CaptureFixture[str],
    command: str,
    one: dict[str, Any],
) -> None:
    answer = {command: [one]}
    api.answer(200, answer | ({"next_cursor": None} if command == "customers" else {}))
    assert orders(command, "--json") == 0
    assert json.loads(capsys.readouterr().out) == answer


def test_ids_are_as_the_page_shows_them(
    api: Script, orders: Orders, capsys: pytest.CaptureFixture[str]
) -> None:
    order = ORDER | {"id": ID}
    api.answer(202, order)
    assert orders("place", "kermit", "lily") == 0
    assert capsys.readouterr().out == "Order 6a1f8e9e of 25.00 EUR\n"
    api.answer(200, {"orders": [order], "next_cursor": None})
    assert orders("list") == 0
    assert capsys.readouterr().out.splitlines()[1].split()[0] == "6a1f8e9e"
    api.answer(200, {"card": {}, "payments": [ID]})
    assert orders("update-card", "kermit", "pm_card_visa") == 0
    assert capsys.readouterr().out == "Notified 1 waiting payment: 6a1f8e9e\n"


@pytest.mark.parametrize(
    ("arguments", "request_"),
    [
        (["cancel"], f"/orders/{ID}/cancel"),
        (["refund", "500", "return-3"], f"/payments/{ID}/refunds"),
        (["settle-refund", "return-3", "cash"], f"/payments/{ID}/refunds/return-3/settle"),
        (["fast-forward", "2"], f"/dev/payments/{ID}/fast-forward"),
        (["update-card", "pm_card_visa", "--payment"], f"/payments/{ID}/card"),
    ],
)
@pytest.mark.parametrize("text", ["6a1f8e9e", "6A1F", "6a1f8e9e-5d9e"])
def test_the_beginning_of_an_id_is_enough(
    api: Script, orders: Orders, arguments: list[str], request_: str, text: str
) -> None:
    """The search finds orders of customers with such an id as well."""
    others = [ORDER | {"id": OTHER_ID, "customer_id": "6a1f"}] * 200
    api.answer(200, {"orders": others, "next_cursor": "c1"})
    api.answer(200, {"orders": [ORDER | {"id": ID}], "next_cursor": None})
    api.answer(202, PAYMENT)
    command, *rest = arguments
    assert orders(command, text, *rest) == 0
    searched = f"/orders?search={text.lower()}&limit=200"
    assert [one.path for one in api.requests] == [searched, f"{searched}&cursor=c1", request_]


def test_a_whole_id_is_not_searched(api: Script, orders: Orders) -> None:
    api.answer(202, ORDER)
    assert orders("cancel", ID) == 0
    assert [one.path for one in api.requests] == [f"/orders/{ID}/cancel"]


def test_the_beginning_of_a_waiting_payments_id_is_enough(api: Script, orders: Orders) -> None:
    api.answer(200, {"orders": [], "next_cursor": None})
    api.answer(200, {"payments": [PAYMENT | {"id": ID}], "next_cursor": None})
    api.answer(200, PAYMENT)
    assert orders("fast-forward", "6a1f", "2") == 0
    assert [one.path for one in api.requests] == [
        "/orders?search=6a1f&limit=200",
        "/operations/waiting?limit=200",
        f"/dev/payments/{ID}/fast-forward",
    ]


def test_the_beginning_of_several_ids_is_refused(
    api: Script, orders: Orders, capsys: pytest.CaptureFixture[str]
) -> None:
    both = [ORDER | {"id": ID}, ORDER | {"id": OTHER_ID}]
    api.answer(200, {"orders": both, "next_cursor": "c1"})
    assert orders("cancel", "6") == 1
    assert len(api.requests) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == f"Several ids begin with '6', such as {ID}, {OTHER_ID}. Give more.\n"


def test_the_beginning_of_no_id_is_refused(
    api: Script, orders: Orders, capsys: pytest.CaptureFixture[str]
) -> None:
    api.answer(200, {"orders": [], "next_cursor": None})
    api.answer(403, {"title": "Insufficient scope", "status": 403, "detail": "Not you."})
    assert orders("watch", "6a1f") == 1
    assert capsys.readouterr().err.startswith("No order's id begins with '6a1f'. ")


def test_a_refusal_names_every_field(
    api: Script, orders: Orders, capsys: pytest.CaptureFixture[str]
) -> None:
    faults = [{"location": "body", "field": "lines.0.sku", "message": "There is no [red]lily[/]."}]
    problem = {"title": "Invalid request", "status": 422, "detail": "See.", "errors": faults}
    api.answer(422, problem)
    assert orders("place", "kermit", "lily") == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.splitlines() == [
        "Invalid request (422)",
        "See.",
        "  lines.0.sku: There is no [red]lily[/].",
    ]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_unavailable_is_not_refused(
    api: Script, orders: Orders, capsys: pytest.CaptureFixture[str], status: int
) -> None:
    api.answer(status, "<html>no problem document</html>", Retry_After="7")
    assert orders("list") == 3
    assert "Try again in 7 s." in capsys.readouterr().err


def test_no_api_listens(orders: Orders, capsys: pytest.CaptureFixture[str]) -> None:
    assert orders("list", "--api", "http://127.0.0.1:1") == 3
    assert "http://127.0.0.1:1 does not answer" in capsys.readouterr().err


def test_something_else_listens(
    api: Script, orders: Orders, capsys: pytest.CaptureFixture[str]
) -> None:
    api.answer(200, "<html>Welcome</html>")
    assert orders("list") == 1
    assert "is not our API" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["place", "kermit"],
        ["place", "kermit", "lily:many"],
        ["place", "kermit", f"lily:{'9' * 5000}"],
        ["list", "--limit", "0"],
        *(["fast-forward", "p-1", "--", days] for days in ("nan", "inf", "1e400", "-1", "x")),
    ],
)
def test_wrong_arguments(orders: Orders, arguments: list[str]) -> None:
    assert orders(*arguments) == 2


def test_a_key_that_is_none(orders: Orders, capsys: pytest.CaptureFixture[str]) -> None:
    assert orders("place", "kermit", "lily", "--key", "é") == 1
    assert "other characters than visible ASCII" in capsys.readouterr().err


def test_audit_is_the_audit(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["audit", "--patience", "never"])
    assert "python -m verification.audit: error: argument --patience" in capfd.readouterr().err


def test_uv_run_orders() -> None:
    """As the project installs it."""
    uv = os.environ.get("UV") or shutil.which("uv") or ".cache/uv/bin/uv"
    done = subprocess.run(
        [uv, "run", "--locked", "--no-sync", "orders", "--help"],
        cwd=REPOSITORY,
        check=True,
        capture_output=True,
        text=True,
    )
    for command in "place", "watch", "update-card", "cancel", "fast-forward", "list", "audit":
        assert command in done.stdout
    for command in "customers", "products":
        assert command in done.stdout
