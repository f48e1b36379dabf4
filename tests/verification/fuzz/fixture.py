"""What is there before the first request: people, their orders, and payments in every state."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any

import tomli_w

from api.services.webhooks import SETTLING
from security.card_links import CardLinks
from tests.support.processes import eventually
from tests.support.shop import TIMEOUT_SECONDS, Shop
from tests.support.token_stack import TokenStack

KERMIT, GONZO, OPERATOR, HOLDER = "kermit", "gonzo", "operator", "holder"
"""Two customers, who must see nothing of each other's; and who has the link of a reminder."""

REQUEST_TIMEOUT_SECONDS = 180
"""Longer than any answer may take, the audit's too."""

NO_LIMITS = {
    "REQUESTS_PER_MINUTE": "1000000",
    "CHANGES_PER_MINUTE": "1000000",
    "REQUESTS_PER_MINUTE_AND_ADDRESS": "1000000",
    "CARD_UPDATES_PER_DAY": "1000000",
    "CARD_UPDATES_PER_DAY_AND_CUSTOMER": "1000000",
    "CARD_CHARGES_PER_DAY_AND_CUSTOMER": "1000000",
}


@dataclass(frozen=True)
class Fixture:
    """A stack in which something has happened, and the configuration of who fuzzes it."""

    stack: TokenStack
    folder: Path
    bearers: dict[str, str]
    ids: list[str]
    open_charges: list[str]

    @classmethod
    def create(cls, stack: TokenStack, folder: Path) -> "Fixture":
        """Orders and payments of both customers."""
        operator = stack.operator_token()
        shop = Shop(stack, operator)
        shop.put("/products/lily", name="Pond lily", price=2500, stock=100_000)
        ids: list[str] = []
        open_charges: list[str] = []
        for customer in (KERMIT, GONZO):
            shop.post("/customers", id=customer, name=customer.title(), email=f"{customer}@x.org")
            _give_card(shop, customer, "pm_card_visa")
            paid, ordered = shop.payment(customer), shop.order(customer, "lily")
            shop.await_order(ordered, "fulfilled")
            shop.await_payment(paid, "received")
            _give_card(shop, customer, "pm_card_chargeDeclined")
            unpaid, waiting = shop.order(customer, "lily"), shop.payment(customer)
            unauthenticated = shop.payment(customer)
            for one in (unauthenticated, unpaid, waiting):
                shop.await_payment(one, "awaiting_card")
            open_charges.append(_leave_open(shop, unauthenticated))
            ids += [paid, ordered, unauthenticated, unpaid, waiting]
        shop.http.close()
        links = CardLinks([stack.environment["CARD_LINK_KEYS"]], stack.api_url)
        link = links.link(ids[-1], datetime.now(UTC) + timedelta(days=1))
        bearers = {
            KERMIT: stack.token(KERMIT),
            GONZO: stack.token(GONZO),
            OPERATOR: operator,
            HOLDER: str(link).rpartition("/")[2],
        }
        return cls(stack, folder, bearers, ids, open_charges)

    def configuration(self, who: str) -> Path:
        """The file that has schemathesis act as that person."""
        people = [
            {"name": name, "fixedHeaders": [{"name": "Authorization", "value": f"Bearer {token}"}]}
            for name, token in self.bearers.items()
        ]
        auth = self.folder / "auth.json"
        auth.write_text(json.dumps({"auth": people}))
        settings: dict[str, Any] = {
            "base-url": self.stack.api_url,
            "request-timeout": REQUEST_TIMEOUT_SECONDS,
            "auth": {"wfc": {"path": str(auth), "user": who, "peers": [KERMIT, GONZO]}},
            "dictionaries": {
                "ids": {"values": [*self.ids, KERMIT, GONZO]},
                "events": {"values": list(SETTLING)},
                "charges": {"values": self.open_charges},
            },
            "parameters": {
                "path.id": {"dictionary": "ids", "probability": 0.7},
                "body.type": {"dictionary": "events", "probability": 0.7},
                "body.data.object.id": {"dictionary": "charges", "probability": 0.7},
            },
        }
        file = self.folder / f"{who}.toml"
        file.write_text(tomli_w.dumps(settings))
        return file


def _leave_open(shop: Shop, payment: str) -> str:
    """The charge that waits because the customer's bank requires authentication."""
    shop.put(f"/payments/{payment}/card", payment_method="pm_card_authenticationRequired")

    def open_ones() -> list[str]:
        return [one["id"] for one in shop.charges(payment) if one["status"] == "requires_action"]

    eventually(lambda: bool(open_ones()), f"an open charge of {payment}", TIMEOUT_SECONDS)
    return open_ones()[0]


def _give_card(shop: Shop, customer: str, card: str) -> None:
    """On a machine that is busy the API may ask to ask again."""

    def given() -> bool:
        answer = shop.http.put(f"/customers/{customer}/card", json={"payment_method": card})
        is_busy = answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE
        assert answer.is_success or is_busy, answer.text
        return answer.is_success

    eventually(given, f"a card for {customer}", TIMEOUT_SECONDS)
