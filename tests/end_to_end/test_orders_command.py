"""The `orders` command against the running system."""

import json
import os
import subprocess
import sys

import pytest

from dev.stack.stack import Stack
from tests.support.processes import REPOSITORY
from tests.support.shop import TIMEOUT_SECONDS, Shop


@pytest.fixture
def environment(stack: Stack) -> dict[str, str]:
    """For using the command with this stack."""
    return dict(os.environ) | stack.client_environment | {"ORDERS_API": stack.api_url}


def start(environment: dict[str, str], *arguments: str) -> subprocess.Popen[str]:
    """As `uv run orders` starts it."""
    return subprocess.Popen(
        [sys.executable, "-m", "clients.cli", *arguments],
        cwd=REPOSITORY,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: subprocess.Popen[str], exit_code: int = 0) -> str:
    """What it printed."""
    with process:
        out, err = process.communicate(timeout=2 * TIMEOUT_SECONDS)
    assert process.returncode == exit_code, out + err
    return out


def test_an_order_is_placed_watched_and_paid_with_another_card(
    shop: Shop, environment: dict[str, str]
) -> None:
    customer, sku = shop.customer("pm_card_chargeDeclined", balance=500), shop.product()
    order = json.loads(ended(start(environment, "place", customer, sku, "--json")))["id"]
    shop.await_payment(order, "awaiting_card")
    short = order[:8]
    listed = ended(start(environment, "list", "--customer", customer)).splitlines()
    assert [line.split()[0] for line in listed] == ["order", short]
    watching = start(environment, "watch", short)

    said = ended(start(environment, "fast-forward", short, "2"))
    assert said.startswith("awaiting_card, waiting for another card until ")
    said = ended(start(environment, "update-card", customer, "pm_card_visa"))
    assert said == f"Notified 1 waiting payment: {short}\n"

    *timeline, state = [line.split() for line in ended(watching).splitlines()]
    assert state == ["fulfilled"]
    for kind, events in (("order", shop.order_events), ("payment", shop.payment_events)):
        assert [line[3] for line in timeline if line[2] == kind] == events(order)
    assert ["day", "2", "payment", "CustomerReminded", "1"] in timeline
    days = [int(line[1]) for line in timeline]
    assert days == sorted(days)
    # Both are in one sequence: the order's first event, all of the payment's, the order's others.
    kinds = [line[2] for line in timeline]
    assert kinds == ["order", *["payment"] * kinds.count("payment"), *["order"] * 4]
    found = json.loads(ended(start(environment, "list", "--customer", customer, "--json")))
    assert [one["id"] for one in found["orders"]] == [order]
    ended(start(environment, "cancel", order), exit_code=1)
    # What has ended is shown in the same sequence as what was watched.
    again = [line.split() for line in ended(start(environment, "watch", order)).splitlines()]
    assert again == [*timeline, state]


def test_customers_and_products_are_listed(shop: Shop, environment: dict[str, str]) -> None:
    customer, sku = shop.customer("pm_card_visa", balance=500), shop.product(stock=7)
    lines = ended(start(environment, "customers", "--limit", "100000")).splitlines()
    [shown] = [line.split() for line in lines if customer in line.split()]
    assert shown == [customer, "Kermit", "5.00", "EUR", "visa", "4242"]
    lines = ended(start(environment, "products")).splitlines()
    [shown] = [line.split() for line in lines if sku in line.split()]
    assert shown == [sku, "Pond", "lily", "25.00", "EUR", "7"]
    found = json.loads(ended(start(environment, "products", "--json")))
    assert sku in {one["sku"] for one in found["products"]}
    found = json.loads(ended(start(environment, "customers", "--limit", "2", "--json")))
    ids = [one["id"] for one in found["customers"]]
    assert ids == sorted(ids)
    assert 1 <= len(ids) <= 2


def test_an_order_that_is_canceled_is_not_fulfilled(
    shop: Shop, environment: dict[str, str]
) -> None:
    order = shop.order(shop.customer(), shop.product())
    shop.await_payment(order, "awaiting_card")
    watching = start(environment, "watch", order, "--json")

    ended(start(environment, "cancel", order))

    events = [json.loads(line) for line in ended(watching, exit_code=4).splitlines()]
    for kind, types in (("order", shop.order_events), ("payment", shop.payment_events)):
        assert [one["type"] for one in events if one["kind"] == kind] == types(order)


def test_the_audit_finds_nothing_wrong(
    shop: Shop, stack: Stack, environment: dict[str, str]
) -> None:
    shop.await_order(shop.order(shop.customer("pm_card_visa"), shop.product()))
    said = ended(start(environment, "audit", "--mailbox", stack.mailbox_url))
    assert said.startswith("no violations: ")
