"""The saved views of docs/inspect.md find what they should, and its pictures exist."""

import asyncio
import re
from datetime import UTC, datetime, timedelta

import pytest
from temporalio.client import Client

from dev.stack.stack import Stack
from tests.support.processes import REPOSITORY
from tests.support.shop import Shop

pytestmark = pytest.mark.proof

DOCS = REPOSITORY / "docs"
TEXT = (DOCS / "inspect.md").read_text()
VIEWS = dict(re.findall(r"^\| (.+?) \| `(\w+ = .+)` \|$", TEXT, re.MULTILINE))


@pytest.fixture(scope="module")
def customer(stack: Stack) -> str:
    """One payment of theirs waits, another was canceled with its order."""
    shop = Shop(stack)
    customer = shop.customer("pm_card_chargeDeclined")
    canceled, waiting = (shop.order(customer, shop.product()) for _ in range(2))
    for order in (canceled, waiting):
        shop.await_payment(order, "awaiting_card")
    shop.fast_forward(canceled, days=14)
    shop.await_order(canceled, "not_fulfilled")
    shop.http.close()
    return customer


@pytest.mark.parametrize(
    ("view", "kinds"),
    {
        "waiting for a card": ["payment"],
        "… with a deadline before a moment": ["payment"],
        "orders not fulfilled this week, canceled ones included": ["order"],
        "payments canceled this week": ["payment"],
        "one customer's orders, payments and card updates": [
            "card",
            "order",
            "order",
            "payment",
            "payment",
        ],
        "one customer's that are under way": ["order", "payment"],
    }.items(),
)
async def test_a_saved_view_finds_them(
    stack: Stack, customer: str, view: str, kinds: list[str]
) -> None:
    now = datetime.now(UTC)
    query = VIEWS[view].replace("kermit", customer)
    query = query.replace("2030-02-01", f"{now + timedelta(days=15):%Y-%m-%d}")
    query = query.replace("2030-01-28", f"{now - timedelta(days=7):%Y-%m-%d}")
    if customer not in query:
        query += f' AND CustomerId = "{customer}"'
    client = await Client.connect(stack.temporal_address)

    found: list[str] = []
    async with asyncio.timeout(60):  # visibility is written a moment after the workflow's history
        while found != kinds:
            there = [one.id async for one in client.list_workflows(query)]
            found = sorted(id.partition("/")[0] for id in there)


def test_every_saved_view_is_tried() -> None:
    assert len(VIEWS) == 6


def test_every_picture_is_there_and_small() -> None:
    named = re.findall(r"!\[.+?\]\((pictures/[\w-]+\.png)\)", TEXT)
    assert len(named) == 7
    for picture in named:
        assert (DOCS / picture).stat().st_size <= 150 * 1024, picture
