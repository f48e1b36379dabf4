"""Every endpoint of the OpenAPI document, and every kind of caller."""

import hmac
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from jwt.utils import base64url_encode
from pydantic import SecretStr
from stripe import WebhookSignature

from api.app import create_app
from api.auth.scopes import Scope
from config import Auth, Settings
from dev.tokens import AUDIENCE, ISSUER, Mint

LINK_KEY = "a-key-for-the-links-of-reminders-in-tests"
WEBHOOK_SECRET = "whsec_of_the_webhooks_that_tests_tell"
EVENT = '{"id": "evt_1", "type": "invoice.paid", "data": {"object": {}}}'
OWNER, STRANGER = "kermit", "gonzo"
WRITTEN = "6a1f8e9e-5d9e-4a53-9d53-0f0a3f0a9e21"
ACCEPTED = "0b7e3a52-9f63-4a55-8d8a-93bb0e3f1d11"
ABSENT = "f3b6c7a0-1111-4222-8333-444455556666"
"""Ids of an order and its payment: written down, accepted by Temporal only, and neither."""

RECEIVED = "2c5a1d3e-7777-4888-9999-aaaabbbbcccc"
REFUSED_REFUND = "refused"
"""A payment that was received, and the reference of a refund of it that the provider refuses."""

BODIES: Mapping[str, Callable[[str], dict[str, Any]]] = {
    "NewCustomer": lambda customer: {"id": customer, "name": "Piggy", "email": "piggy@example.com"},
    "NewCredit": lambda _: {"amount": 100, "reference": "gift"},
    "NewCard": lambda _: {"payment_method": "pm_card_visa"},
    "ProductData": lambda _: {"name": "Reed", "price": 100, "stock": 1},
    "NewOrder": lambda customer: {
        "customer_id": customer,
        "lines": [{"sku": "pond-lily", "quantity": 1}],
    },
    "NewPayment": lambda customer: {"customer_id": customer, "amount": 0, "reference": "invoice"},
    "NewRefund": lambda _: {"amount": 100, "reference": "return-3"},
    "Settlement": lambda _: {"reason": "Paid by bank transfer."},
    "FastForward": lambda _: {"days": 1},
    "Switch": lambda _: {"on": True},
    "NewChainOrder": lambda _: {"card": "good"},
    "WiringChoice": lambda _: {"wiring": "charge_later"},
}
"""A good body of each kind, about a customer. An endpoint with another body needs one as well."""


def settings(folder: Path, database_url: str = "sqlite:///unused.db") -> Settings:
    """Of an API that takes the tokens made in `folder`, as many as a test may send."""
    return Settings(
        database_url=database_url,
        development_mode=True,
        auth=Auth.JWT,
        jwt_keys=str(folder / "jwks.json"),
        jwt_issuer=ISSUER,
        jwt_audience=AUDIENCE,
        requests_per_minute=10_000,
        changes_per_minute=10_000,
        requests_per_minute_and_address=10_000,
        card_updates_per_day=10_000,
        card_updates_per_day_and_customer=10_000,
        card_charges_per_day_and_customer=10_000,
        card_link_keys=SecretStr(LINK_KEY),
        stripe_webhook_secrets=SecretStr(WEBHOOK_SECRET),
    )


@dataclass(frozen=True)
class Endpoint:
    """One of the document, and what it says of the scopes it needs; None: nobody is asked.

    One that is `linked` needs the token of a reminder's link instead.
    """

    method: str
    path: str
    scopes: tuple[str, ...] | None
    body: str | None
    queries: frozenset[str]
    linked: bool

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def caller(self) -> str:
        """Who it is for."""
        return "operator" if Scope.OPERATOR in (self.scopes or ()) else OWNER

    def request(self, id: str, customer: str) -> dict[str, Any]:
        """A good request about that order, or its payment, and customer."""
        of = customer if self.path.startswith("/customers") else id
        if "/refunds" in self.path:
            of = RECEIVED
        names = {
            "{id}": of,
            "{sku}": "pond-lily",
            "{name}": "cards_down",
            "{reference}": REFUSED_REFUND,
            "{service}": "payment",
            "{number}": "17",
        }
        path = "/".join(names.get(part, part) for part in self.path.split("/"))
        if self.path == "/webhooks/stripe":
            signature = WebhookSignature.generate_signature_header(EVENT, WEBHOOK_SECRET)
            headers = {"Stripe-Signature": signature}
            return {"method": "POST", "url": path, "content": EVENT, "headers": headers}
        return {
            "method": self.method,
            "url": path,
            "params": {"customer_id": customer} if "customer_id" in self.queries else {},
            "json": BODIES[self.body](customer) if self.body else None,
        }


def endpoints(document: Mapping[str, Any]) -> Iterator[Endpoint]:
    """All that the OpenAPI document has."""
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            needed = [scopes for way in operation.get("security", []) for scopes in way.values()]
            content = operation.get("requestBody", {}).get("content", {})
            schema = content.get("application/json", {}).get("schema", {})
            yield Endpoint(
                method.upper(),
                path,
                tuple(needed[0]) if needed else None,
                schema["$ref"].rpartition("/")[2] if "$ref" in schema else None,
                frozenset(one["name"] for one in operation.get("parameters", [])),
                any("card_link" in way for way in operation.get("security", [])),
            )


ENDPOINTS = list(endpoints(create_app(settings(Path())).openapi()))


class Bearers:
    """The tokens of everybody who may come along."""

    def __init__(self, folder: Path) -> None:
        """The trusted key is made in `folder`, another one below it."""
        self.mint = Mint(folder)
        self._other = Mint(folder / "other")
        self._kinds: dict[str, Callable[[str, tuple[str, ...]], str | None]] = {
            "no token": lambda _subject, _scopes: None,
            "expired": partial(self.mint.token, lifetime=timedelta(seconds=-60)),
            "not valid yet": partial(self.mint.token, nbf=int(time.time()) + 600),
            "wrong audience": partial(self.mint.token, aud="somebody-else"),
            "wrong issuer": partial(self.mint.token, iss="https://somebody.else"),
            "unknown key": self._other.token,
            "wrong key": self._with_the_wrong_key,
            "algorithm none": self._unsigned,
            "HMAC with the public key": self._with_the_public_key,
            "changed": self._changed,
        }

    def token(self, kind: str, subject: str, scopes: tuple[str, ...]) -> str | None:
        """What is wrong with it is what `kind` says; everything else is right."""
        return self._kinds[kind](subject, scopes)

    def _with_the_wrong_key(self, subject: str, scopes: tuple[str, ...]) -> str:
        """Said to be the trusted one."""
        theirs = self._other.token(subject, scopes)
        header = jwt.get_unverified_header(self.mint.token(subject, scopes))
        claims = jwt.decode(theirs, options={"verify_signature": False})
        return jwt.encode(claims, self._other._key, algorithm="ES256", headers=header)

    def _unsigned(self, subject: str, scopes: tuple[str, ...]) -> str:
        return f"{self._claiming(subject, scopes, 'none')}."

    def _with_the_public_key(self, subject: str, scopes: tuple[str, ...]) -> str:
        """As the secret of an algorithm that makes and checks with the same key."""
        signed = self._claiming(subject, scopes, "HS256")
        secret = self.mint._key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        signature = hmac.digest(secret, signed.encode(), "sha256")
        return f"{signed}.{base64url_encode(signature).decode()}"

    def _claiming(self, subject: str, scopes: tuple[str, ...], algorithm: str) -> str:
        """Head and claims, of the trusted key and another algorithm."""
        right = self.mint.token(subject, scopes)
        header = jwt.get_unverified_header(right) | {"alg": algorithm}
        head = base64url_encode(json.dumps(header).encode()).decode()
        return f"{head}.{right.split('.')[1]}"

    def _changed(self, subject: str, scopes: tuple[str, ...]) -> str:
        """Somebody else's, with other claims put in."""
        head, _, signature = self.mint.token("nobody", scopes).split(".")
        return f"{head}.{self.mint.token(subject, scopes).split('.')[1]}.{signature}"


REFUSED = (
    *("no token", "expired", "not valid yet", "wrong audience", "wrong issuer", "unknown key"),
    *("wrong key", "algorithm none", "HMAC with the public key", "changed"),
)
