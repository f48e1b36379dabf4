"""docker-compose.production.yml with tokens; simulators stand for whom it calls over TLS."""

import secrets
from collections.abc import Generator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import cast

import yaml

from api.auth.scopes import Scope
from clients import calls
from dev.stack.installation import Installation
from dev.stack.stack import Stack
from dev.story.scenarios import VALID_CARD
from dev.tokens import OF_A_CUSTOMER, Mint
from security.payload_keys import new_key
from tests.containers import development, upgrade
from tests.containers.development import IMAGE, System, await_ready
from tests.containers.steps import step
from tests.containers.upgrade import digest
from tests.support.containers import certificates
from tests.support.containers.engine import Engine
from tests.support.containers.project import (
    LIMIT_SECONDS,
    Override,
    Project,
    brought_up,
    fitting,
)
from tests.support.processes import REPOSITORY
from tests.support.shop import Shop
from tests.support.simulators import SECRET_KEY

FILE = REPOSITORY / "docker-compose.production.yml"
FORWARDER = REPOSITORY / "tests" / "support" / "containers" / "tls_forwarder.py"

STRIPES_AUTHORITIES = "/app/.venv/lib/python3.11/site-packages/stripe/data/ca-certificates.crt"
"""The authorities that Stripe's library trusts, whatever the machine does."""

NO_TOKEN = {"Authorization": ""}

ROUTES = {
    "api.stripe.com:443": "cards:8101",
    "carrier.example:443": "carrier:8102",
    "issuer.example:443": "issuer:8000",
    "mail.example:465": "mailbox:8103",
}
"""Where the connections end that our processes open over TLS."""


def _stand_ins(folder: Path, ports: dict[str, int], secret: str) -> Override:
    """Services that the file does not have: those that the world has."""
    python = "docker.io/library/python:3.11.14-slim-bookworm"
    simulator = ["python", "-m"]
    listen = ["--host", "0.0.0.0", "--port"]
    cards = [*simulator, "dev.simulators.cards", *listen, "8101", "--db", "/data/cards.db"]
    carrier = [*simulator, "dev.simulators.carrier", *listen, "8102", "--db", "/data/carrier.db"]
    mailbox = [*simulator, "dev.simulators.mailbox", *listen, "8104", "--db", "/data/mailbox.db"]
    hosts = [route.partition(":")[0] for route in ROUTES]
    return {
        "cards": {
            "image": IMAGE,
            "command": [*cards, "--webhook-url", "http://api:8080/webhooks/stripe"],
            "environment": {"STRIPE_WEBHOOK_SECRETS": secret},
            "volumes": ["cards:/data"],
            "ports": [f"127.0.0.1:{ports['cards']}:8101"],
            "networks": ["provider"],
        },
        "carrier": {
            "image": IMAGE,
            "command": carrier,
            "volumes": ["carrier:/data"],
            "ports": [f"127.0.0.1:{ports['carrier']}:8102"],
            "networks": ["provider"],
        },
        "mailbox": {
            "image": IMAGE,
            "command": [*mailbox, "--smtp-port", "8103"],
            "volumes": ["mailbox:/data"],
            "ports": [f"127.0.0.1:{ports['mailbox']}:8104"],
            "networks": ["mail"],
        },
        "issuer": {
            "image": python,
            "command": ["python", "-m", "http.server", "8000", "--directory", "/keys"],
            "volumes": [f"{folder}/tokens/jwks.json:/keys/jwks.json:ro"],
            "networks": ["provider"],
        },
        "outside": {
            "image": python,
            "command": [
                *("python", "/forwarder.py", "/tls/server.pem"),
                *(f"{name}={target}" for name, target in ROUTES.items()),
            ],
            "volumes": [f"{FORWARDER}:/forwarder.py:ro", f"{folder}/tls:/tls:ro"],
            "networks": {name: {"aliases": hosts} for name in ("provider", "mail")},
        },
    }


def _auditor() -> Override:
    """Reads everything, which no other container may."""
    worker = yaml.safe_load(FILE.read_text())["services"]["worker"]
    return {
        "image": "${ORDERS_IMAGE}",
        "profiles": ["audit"],
        "environment": {
            **worker["environment"],
            "STRIPE_API_BASE": "http://cards:8101",
            "CARRIER_URL": "http://carrier:8102",
        },
        "networks": ["database", "temporal", "provider", "mail"],
    }


def override(folder: Path, installation: Installation, secret: str) -> Override:
    """What brings the file up here."""
    ports = installation.ports
    fitted = fitting(FILE, {"api": ports.api})
    services = fitted["services"]
    authority = f"{folder}/tls/authority.pem"
    for name in ("worker", "api", "mailer"):
        services[name]["environment"] = {"SSL_CERT_FILE": "/tls/authority.pem"}
        services[name]["volumes"] = [
            f"{authority}:/tls/authority.pem:ro",
            f"{authority}:{STRIPES_AUTHORITIES}:ro",
        ]
    published = {"cards": ports.cards, "carrier": ports.carrier, "mailbox": ports.mailbox}
    services |= _stand_ins(folder, published, secret)
    services["audit"] = _auditor()
    return fitted | {"volumes": dict.fromkeys(published)}


def environment(engine: Engine, installation: Installation, secret: str) -> dict[str, str]:
    """Every variable that the file demands."""
    networks = yaml.safe_load(FILE.read_text())["networks"]
    gateways = [networks[name]["ipam"]["config"][0]["gateway"] for name in ("edge", "provider")]
    passwords = ("POSTGRES", "ORDERS_OWNER", "ORDERS_APP", "TEMPORAL_DB")
    return {
        "BUILD_ID": "2030-05-1",
        "ORDERS_IMAGE": f"{IMAGE}@{digest(engine, IMAGE)}",
        "POSTGRES_DIGEST": digest(engine, "docker.io/library/postgres:16.10"),
        "TEMPORAL_DIGEST": digest(engine, "docker.io/temporalio/server:1.32.1"),
        "TEMPORAL_TOOLS_DIGEST": digest(engine, "docker.io/temporalio/admin-tools:1.32.1"),
        **{f"{name}_PASSWORD": secrets.token_hex(16) for name in passwords},
        "PAYLOAD_KEYS": new_key("2030-01"),
        "STRIPE_API_KEY": SECRET_KEY,
        "STRIPE_PUBLISHABLE_KEY": "pk_test_simulator",
        "STRIPE_WEBHOOK_SECRETS": secret,
        "CARD_LINK_KEYS": secrets.token_hex(16),
        "PUBLIC_URL": "https://orders.example",
        "CARRIER_URL": "https://carrier.example",
        "SMTP_URL": "smtps://mail.example:465",
        "MAIL_FROM": "orders@example.com",
        **{
            name: setting
            for name, setting in Mint(installation.folder / "tokens").settings.items()
            if name in {"JWT_ISSUER", "JWT_AUDIENCE"}
        },
        "JWT_KEYS": "https://issuer.example/jwks.json",
        "TRUSTED_PROXIES": ",".join(gateways),
    }


@contextmanager
def running(engine: Engine, folder: Path) -> Generator[System]:
    """The production profile; the shop calls it with an operator's token."""
    installation = Installation(folder)
    secret = f"whsec_{secrets.token_hex(16)}"
    (folder / "tls").mkdir()
    certificates.write(folder / "tls", [route.partition(":")[0] for route in ROUTES])
    variables = environment(engine, installation, secret)
    changes = override(folder, installation, secret)
    with brought_up(Project(engine, FILE, changes, variables, folder)) as project:
        token = Mint(folder / "tokens").token("operator", tuple(Scope))
        shop = Shop(cast("Stack", installation), token, LIMIT_SECONDS)
        system = System(project, installation, shop)
        await_ready(system)
        try:
            yield system
        finally:
            shop.http.close()


@step
def only_tokens_get_in(system: System) -> None:
    """A customer sees what is theirs, a stranger nothing, and nobody what is for development"""
    shop, mint = system.shop, Mint(system.installation.folder / "tokens")
    customer, other = shop.customer(VALID_CARD), shop.customer(VALID_CARD)
    sku = shop.product()
    theirs = Shop(shop.stack, mint.token(customer, OF_A_CUSTOMER))
    order = theirs.order(customer, sku)
    assert theirs.await_order(order)["status"] == "fulfilled"
    answers = {
        "without a token": _status(shop, order, None),
        "another customer": _status(shop, order, mint.token(other, OF_A_CUSTOMER)),
        "another audience": _status(
            shop, order, mint.token(customer, OF_A_CUSTOMER, aud="urn:other")
        ),
        "another issuer's key": _status(
            shop,
            order,
            Mint(system.installation.folder / "others").token(customer, OF_A_CUSTOMER),
        ),
    }
    assert answers == {
        "without a token": HTTPStatus.UNAUTHORIZED,
        "another customer": HTTPStatus.NOT_FOUND,
        "another audience": HTTPStatus.UNAUTHORIZED,
        "another issuer's key": HTTPStatus.UNAUTHORIZED,
    }
    skipped = shop.http.request(**calls.fast_forward(order, 1).arguments)
    assert skipped.status_code == HTTPStatus.NOT_FOUND
    theirs.http.close()


def _status(shop: Shop, order: str, token: str | None) -> int:
    caller = Shop(shop.stack, token)
    try:
        return caller.http.get(f"/orders/{order}").status_code
    finally:
        caller.http.close()


@step
def clients_are_told_apart(system: System) -> None:
    """The client's address is the one that the proxy of this machine names"""
    shop, project = system.shop, system.project
    client = "203.0.113.7"
    answer = shop.http.get("/orders/none", headers={"X-Forwarded-For": client, **NO_TOKEN})
    assert answer.status_code == HTTPStatus.UNAUTHORIZED
    # Not by Docker Compose: of what that executes, a process stays for five minutes.
    [api] = project.containers("api")
    noted = project.engine.podman("exec", api, "cat", "/data/security.jsonl")
    assert f'"from": "{client}"' in noted, noted.splitlines()[-1]


@step
def mail_arrives(system: System) -> None:
    """A mail is sent over TLS"""
    shop = system.shop
    customer = shop.customer(VALID_CARD)
    shop.await_order(shop.order(customer, shop.product()))
    shop.await_mails(customer, "We received your payment", "Your order is on its way")


def drill(engine: Engine, folder: Path) -> None:
    """All of it."""
    with running(engine, folder) as system:
        only_tokens_get_in(system)
        clients_are_told_apart(system)
        mail_arrives(system)
        development.take_down_and_up(system)
        upgrade.drill(system)
        development.audit(system, "audit")
