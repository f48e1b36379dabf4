"""The README's commands work as pasted."""

import os
import re
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest

from clients import calls
from dev.stack.stack import Stack
from tests.support.processes import REPOSITORY, eventually
from tests.support.shop import TIMEOUT_SECONDS, Shop

README = (REPOSITORY / "README.md").read_text()


def test_the_story_by_hand_works_as_pasted(stack: Stack) -> None:
    [block] = re.findall(r"```bash\n(.*?)```", README, re.DOTALL)
    # Another test may have given the Kermit of this stack the gift, which is given once.
    kermit = f"kermit-{uuid4().hex[:12]}"
    here = block.replace("http://127.0.0.1:8000", stack.api_url).replace("kermit", kermit)
    assert stack.api_url in here
    assert kermit in here

    pasted = subprocess.run(
        ["bash", "-eu", "-o", "pipefail", "-c", here],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert pasted.returncode == 0, pasted.stderr
    streamed = re.findall(r"^event: (\w+)", pasted.stdout, re.MULTILINE)
    assert streamed == [
        "OrderPlaced",
        "PaymentReceived",
        "GoodsFetched",
        "GoodsShipped",
        "OrderFulfilled",
    ]
    happened = re.findall(r'"type":"(\w+)"', pasted.stdout.splitlines()[-1])
    assert happened == [
        "PaymentRequested",
        "AmountWithdrawn",
        "PaymentPartlyCovered",
        "CreditCardFailed",
        "CustomerReminded",
        "CustomerReminded",
        "CreditCardDetailsUpdated",
        "CreditCardCharged",
        "PaymentReceived",
    ]


@pytest.fixture
def kermit(shop: Shop) -> None:
    """The customer and the product that `make run` leaves behind."""
    shop.post("/customers", id="kermit", name="Kermit", email="kermit@example.com")
    shop.put("/products/pond-lily", name="Pond lily", price=2500, stock=100)


def id_of(shop: Shop, beginning: str) -> str:
    """The id of the order, once it can be found by its beginning."""
    found: list[str] = []

    def is_found() -> bool:
        listed = shop.api.send(calls.list_orders(search=beginning))["orders"]
        found.extend(one["id"] for one in listed)
        return bool(found)

    eventually(is_found, f"an order {beginning}", TIMEOUT_SECONDS)
    return found[0]


@pytest.mark.usefixtures("kermit")
def test_the_orders_commands_work_as_pasted(shop: Shop, stack: Stack) -> None:
    commands = re.findall(r"^uv run (orders .*)$", README, re.MULTILINE)
    assert len(commands) > 4
    folder = Path(sys.executable).parent
    environment = os.environ | {"ORDERS_API": stack.api_url, "PATH": f"{folder}:/usr/bin:/bin"}
    order = id = ""
    for command in commands:
        result = subprocess.run(
            ["bash", "-eu", "-c", command.replace("ORDER", order)],
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert result.returncode == 0, f"{command}: {result.stdout}{result.stderr}"
        if "place" in command:
            [order] = re.findall(r"^Order (\S+) of 50.00 EUR$", result.stdout, re.MULTILINE)
            id = id_of(shop, order)
            shop.await_payment(id, "awaiting_card")
    assert shop.payment_events(id).count("CustomerReminded") == 1
    shop.await_order(id, "fulfilled")
