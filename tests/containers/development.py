"""docker-compose.yml: up, the story, and orders under way while parts of it are restarted."""

import asyncio
import secrets
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from clients.rest import CALL_TIMEOUT, RestClient
from dev.stack.installation import Installation
from dev.stack.stack import Stack
from dev.story.scenarios import VALID_CARD, play_all, set_stage
from security.payload_keys import new_key
from temporal.client import NO_KEYS, connect
from tests.containers.steps import step
from tests.support.audits import SETTLED_WITHIN_SECONDS, receipts_of
from tests.support.containers.engine import Engine
from tests.support.containers.project import LIMIT_SECONDS, Project, brought_up, fitting
from tests.support.processes import REPOSITORY, answers, eventually
from tests.support.shop import Shop
from verification.nightly.schedule import SCHEDULE

FILE = REPOSITORY / "docker-compose.yml"
IMAGE = "localhost/orders-and-payments"
ORDERS = 12
RECEIPTS = "/receipts.jsonl"
AUDIT = (
    "python",
    "-m",
    "verification.audit",
    "--receipts",
    RECEIPTS,
    "--patience",
    f"{SETTLED_WITHIN_SECONDS:.0f}",
)
SHOW_METRICS = """
from urllib.request import urlopen
print(urlopen("http://127.0.0.1:9464/metrics").read().decode())
"""
REPLAY = ("python", "-m", "verification.replay")


@dataclass(frozen=True)
class System:
    """What was brought up, and the shop that calls it from outside."""

    project: Project
    installation: Installation
    shop: Shop


@step
def build_image(engine: Engine) -> None:
    """Build the Dockerfile, unchanged"""
    engine.build(IMAGE, REPOSITORY)


@contextmanager
def running(engine: Engine, folder: Path) -> Generator[System]:
    """docker-compose.yml in development mode, with every secret given."""
    installation = Installation(folder)
    ports = installation.ports.variables
    published = {
        name: int(ports[f"{name.upper().replace('-', '_')}_PORT"])
        for name in ("api", "codec", "temporal", "temporal-ui", "cards", "carrier", "mailbox")
    }
    environment = {
        "POSTGRES_PASSWORD": secrets.token_hex(16),
        "PAYLOAD_KEYS": new_key("2030-01"),
        "STRIPE_WEBHOOK_SECRETS": f"whsec_{secrets.token_hex(16)}",
        "CARD_LINK_KEYS": secrets.token_hex(16),
        "PUBLIC_URL": installation.api_url,
        "STRIPE_JS_BASE": installation.cards_url,
        "DEVELOPMENT_MODE": "true",
    }
    project = Project(engine, FILE, fitting(FILE, published), environment, folder)
    with brought_up(project):
        # A shop needs of a stack only where everything is.
        shop = Shop(cast("Stack", installation), timeout_seconds=LIMIT_SECONDS)
        system = System(project, installation, shop)
        await_ready(system)
        try:
            yield system
        finally:
            shop.http.close()


def await_ready(system: System) -> None:
    """Returns once the API and what it needs are ready."""
    eventually(answers(f"{system.installation.api_url}/readyz"), "the API is ready", LIMIT_SECONDS)


@step
def play_story(system: System) -> None:
    """Play the story from outside"""
    with RestClient(system.installation.api_url, patience=CALL_TIMEOUT) as api:
        play_all(set_stage(api))


def place(shop: Shop, count: int = ORDERS) -> list[str]:
    """Orders of different customers, every third of whose cards are declined."""
    sku = shop.product(stock=count)
    cards = (VALID_CARD, VALID_CARD, "pm_card_chargeDeclinedExpiredCard")
    return [shop.order(shop.customer(cards[n % len(cards)]), sku) for n in range(count)]


@contextmanager
def charges_under_way(shop: Shop) -> Generator[list[str]]:
    """Orders, the first of which wait for the card provider's answer until the block ends."""
    shop.cards.fault("hold")
    orders = place(shop)
    eventually(lambda: shop.cards.held() > 0, "a charge is under way", LIMIT_SECONDS)
    yield orders
    shop.cards.clear_faults()


def assert_fulfilled(shop: Shop, orders: Sequence[str]) -> None:
    """Gives another card where the first was declined, and waits for the end of all."""
    for order in orders[2::3]:
        shop.await_payment(order, "awaiting_card")
        shop.update_customers_card(str(shop.see_order(order)["customer_id"]), VALID_CARD)
    for order in orders:
        assert shop.await_order(order)["status"] == "fulfilled", order


@step
def restart_database(system: System) -> None:
    """Restart PostgreSQL while charges are under way"""
    _restart("postgres", system)


@step
def restart_temporal(system: System) -> None:
    """Restart Temporal while charges are under way"""
    _restart("temporal", system)


def _restart(service: str, system: System) -> None:
    shop = system.shop
    with charges_under_way(shop) as orders:
        system.project.compose("restart", service)
    await_ready(system)
    assert_fulfilled(shop, orders)


@step
def kill_worker(system: System) -> None:
    """Scale the workers to four, and kill one while charges are under way"""
    project, shop = system.project, system.shop
    project.up("--scale", "worker=4", "--no-recreate", "worker")
    workers = project.containers("worker")
    assert len(workers) == 4, workers
    with charges_under_way(shop) as orders:
        project.kill(workers[0])
    assert_fulfilled(shop, orders)
    project.up("--scale", "worker=2", "--no-recreate", "worker")
    assert len(project.containers("worker")) == 2


@step
def take_down_and_up(system: System) -> None:
    """Take everything down and bring it up again with payments waiting"""
    shop = system.shop
    orders = place(shop)
    for order in orders[2::3]:
        shop.await_payment(order, "awaiting_card")
    system.project.compose("down")
    system.project.up()
    await_ready(system)
    assert_fulfilled(shop, orders)


@step
def audit(system: System, service: str = "worker") -> None:
    """Audit everything from a container: no violations"""
    receipts = f"{receipts_of(cast('Stack', system.installation))}:{RECEIPTS}:ro"
    run = ("run", "--rm", "--no-deps", "--volume", receipts, service, *AUDIT)
    found = system.project.run(*run, "--mailbox", "http://mailbox:8104")
    assert found.returncode == 0, f"{found.stdout}\n{found.stderr}"


@step
def audit_now(system: System) -> None:
    """Trigger the nightly audit; its verdict is a metric: no violations"""
    asyncio.run(_trigger_audit(system.installation.temporal_address))

    def verdict() -> list[str]:
        shown = system.project.run("exec", "nightly", "python", "-c", SHOW_METRICS).stdout
        return [line for line in shown.splitlines() if line.startswith("audit_violations")]

    eventually(lambda: bool(verdict()), "the nightly audit has a verdict", LIMIT_SECONDS)
    assert [line.rpartition(" ")[2] for line in verdict()] == ["0"]


async def _trigger_audit(address: str) -> None:
    client = await connect(NO_KEYS, address=address)
    await client.get_schedule_handle(SCHEDULE).trigger()


@step
def replay(system: System) -> None:
    """Replay what Temporal has, under the image's code: no deviation"""
    found = system.project.run("run", "--rm", "--no-deps", "worker", *REPLAY)
    assert found.returncode == 0, f"{found.stdout}\n{found.stderr}"
    assert "0 of 0 " not in found.stdout


def drill(engine: Engine, folder: Path) -> None:
    """All of it."""
    with running(engine, folder) as system:
        play_story(system)
        restart_database(system)
        restart_temporal(system)
        kill_worker(system)
        take_down_and_up(system)
        audit_now(system)
        replay(system)
        audit(system)
