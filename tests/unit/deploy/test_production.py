"""docker-compose.production.yml: nothing is left open, and each way to open it again is found."""

import copy
import os
import re
import subprocess
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import psycopg
import pytest
import yaml
from psycopg.conninfo import conninfo_to_dict

from config import Settings
from dev.stack.postgresql import PostgresServer
from storage.migrate import migrate, require_schema
from tests.support.processes import REPOSITORY
from tests.unit.deploy import docker_compose, production_checks

FILE = REPOSITORY / "docker-compose.production.yml"
COMPOSE: dict[str, Any] = yaml.safe_load(FILE.read_text())

DIGEST = f"sha256:{'0' * 64}"


def test_nothing_is_left_open() -> None:
    assert production_checks.all_of(COMPOSE) == []


Exposure = Callable[[dict[str, Any]], object]


def setting(service: str, variable: str, value: str) -> Exposure:
    return lambda services: services[service]["environment"].update({variable: value})


def without(service: str, variable: str) -> Exposure:
    return lambda services: services[service]["environment"].pop(variable)


def part(service: str, name: str, value: object) -> Exposure:
    return lambda services: services[service].update({name: value})


EXPOSURES: dict[str, Exposure] = {
    "no tokens": setting("api", "AUTH", "none"),
    "tokens by a variable": setting("api", "AUTH", "${AUTH:-jwt}"),
    "everybody": setting("api", "ALLOW_UNAUTHENTICATED_REMOTE_ACCESS", "true"),
    "any issuer": without("api", "JWT_ISSUER"),
    "issuer's default": setting("api", "JWT_AUDIENCE", "${JWT_AUDIENCE:-orders}"),
    "development": setting("api", "DEVELOPMENT_MODE", "true"),
    "development by a variable": setting("api", "DEVELOPMENT_MODE", "${DEVELOPMENT_MODE:-false}"),
    "simulator": setting("worker", "STRIPE_API_BASE", "http://cards:8101"),
    "default password": setting("postgres", "POSTGRES_PASSWORD", "${POSTGRES_PASSWORD:-orders}"),
    "password written down": setting("temporal", "POSTGRES_PWD", "temporal"),
    "plaintext in Temporal": without("worker", "PAYLOAD_KEYS"),
    "empty payload keys": setting("api", "PAYLOAD_KEYS", "${PAYLOAD_KEYS:-}"),
    "plaintext from strangers": setting("worker", "PAYLOADS_ACCEPTED", "any"),
    "payloads of other workflows": without("api", "PAYLOADS_ACCEPTED"),
    "empty webhook secrets": setting("api", "STRIPE_WEBHOOK_SECRETS", ""),
    "one address for all": setting("api", "TRUSTED_PROXIES", "${TRUSTED_PROXIES:-}"),
    "no proxies": without("api", "TRUSTED_PROXIES"),
    "links without https": setting("mailer", "PUBLIC_URL", "http://127.0.0.1:8000"),
    "superuser": setting(
        "worker", "DATABASE_URL", "postgresql://postgres:${POSTGRES_PASSWORD:?x}@postgres/orders"
    ),
    "owner": setting(
        "api", "DATABASE_URL", "postgresql://orders_owner:${ORDERS_OWNER_PASSWORD:?x}@postgres/o"
    ),
    "Temporal as superuser": setting("temporal", "POSTGRES_USER", "postgres"),
    "mailer knows the owner": setting("mailer", "X", "${ORDERS_OWNER_PASSWORD:?x}"),
    "mailer reaches the provider": part("mailer", "networks", ["database", "mail", "provider"]),
    "database reaches the provider": part("postgres", "networks", ["database", "provider"]),
    "mailer reaches Temporal": part("mailer", "networks", ["database", "mail", "temporal"]),
    "default network": lambda services: services["mailer"].pop("networks"),
    "host network": part("worker", "network_mode", "host"),
    "Temporal published": part("temporal", "ports", ["127.0.0.1:7233:7233"]),
    "PostgreSQL published": part("postgres", "ports", ["5432:5432"]),
    "API for everybody": part("api", "ports", ["8000:8080"]),
    "metrics published": part("worker", "ports", ["9464:9464"]),
    "a tag": part("postgres", "image", "postgres:16.10"),
    "latest": part("temporal", "image", "temporalio/server:latest"),
    "a tag of ours": part("api", "image", "${ORDERS_IMAGE:-orders-and-payments}"),
    "built in place": part("api", "build", "."),
    "endless log": lambda services: services["worker"].pop("logging"),
    "capabilities": part("api", "cap_drop", []),
    "privileged": lambda services: services["worker"].update(privileged=True),
    "setuid": part("api", "security_opt", []),
    "writable": lambda services: services["api"].update(read_only=False),
    "docker's socket": part("worker", "volumes", ["/var/run/docker.sock:/var/run/docker.sock"]),
    "a simulator": part("mailer", "command", ["python", "-m", "dev.simulators.mailbox"]),
    "security log among the others": without("api", "SECURITY_LOG"),
    "security log that is lost": lambda services: services["api"].pop("volumes"),
    "mailer writes the security log": part("mailer", "volumes", ["security-log:/data"]),
    "time skipping": part(
        "temporal", "volumes", ["./dev/temporal_server/dynamicconfig.yaml:/etc/x.yaml:ro"]
    ),
}


@pytest.mark.parametrize("exposure", EXPOSURES.values(), ids=EXPOSURES.keys())
def test_each_way_to_open_it_is_found(exposure: Exposure) -> None:
    opened = copy.deepcopy(COMPOSE)
    exposure(opened["services"])
    assert production_checks.all_of(opened)


@pytest.mark.parametrize("network", ["database", "temporal", "edge"])
def test_a_network_that_leads_outside_is_found(network: str) -> None:
    opened = copy.deepcopy(COMPOSE)
    opened["networks"][network] = {}
    assert production_checks.all_of(opened) == [f"{network}: leads outside"]


def test_the_versions_are_those_of_the_other_file() -> None:
    other = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text())["services"]
    for name in ("postgres", "temporal-schema", "temporal"):
        assert COMPOSE["services"][name]["image"].startswith(f"{other[name]['image']}@")


VARIABLES = {
    "BUILD_ID": "2030-05-1",
    "ORDERS_IMAGE": f"registry.example/orders@{DIGEST}",
    **dict.fromkeys(("POSTGRES_DIGEST", "TEMPORAL_DIGEST", "TEMPORAL_TOOLS_DIGEST"), DIGEST),
    **dict.fromkeys(("POSTGRES_PASSWORD", "ORDERS_OWNER_PASSWORD"), "a" * 32),
    **dict.fromkeys(("ORDERS_APP_PASSWORD", "TEMPORAL_DB_PASSWORD"), "b" * 32),
    "PAYLOAD_KEYS": "2030-01:" + "A" * 43 + "=",
    "STRIPE_API_KEY": "rk_live_" + "x" * 24,
    "STRIPE_PUBLISHABLE_KEY": "pk_live_" + "x" * 24,
    "STRIPE_WEBHOOK_SECRETS": "whsec_" + "x" * 32,
    "CARD_LINK_KEYS": "x" * 32,
    "PUBLIC_URL": "https://orders.example",
    "CARRIER_URL": "https://carrier.example",
    "SMTP_URL": "smtps://user:password@mail.example",
    "MAIL_FROM": "orders@example.com",
    "JWT_KEYS": "https://issuer.example/jwks.json",
    "JWT_ISSUER": "https://issuer.example/",
    "JWT_AUDIENCE": "orders",
    "TRUSTED_PROXIES": COMPOSE["networks"]["edge"]["ipam"]["config"][0]["gateway"],
}


def test_the_variables_that_it_demands_are_known() -> None:
    demanded = set(re.findall(r"\$\{([A-Z_]+):\?", FILE.read_text()))
    assert demanded == VARIABLES.keys()


@pytest.mark.proof
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("missing", [None, *VARIABLES])
def test_docker_compose_starts_nothing_without_them(missing: str | None) -> None:
    given = {name: value for name, value in VARIABLES.items() if name != missing}
    if missing is not None:
        with pytest.raises(docker_compose.RefusedError, match=missing):
            docker_compose.config(FILE, given)
        return
    services = docker_compose.config(FILE, given)["services"]
    for name in ("worker", "mailer", "api", "migrate"):
        assert services[name]["environment"].keys() - {"TEMPORAL_ADDRESS"} <= {
            field.upper() for field in Settings.model_fields
        }
        with patch.dict(os.environ, services[name]["environment"], clear=True):
            assert Settings()


ROLES_SCRIPT = REPOSITORY / "deploy" / "postgresql-roles.sh"


@pytest.fixture
def roles(postgres: PostgresServer) -> PostgresServer:
    """A server on which the script ran twice, as after an update."""
    environment = {
        "PATH": os.environ["PATH"],
        "PGHOST": "127.0.0.1",
        "PGPORT": str(postgres.port),
        "PGUSER": conninfo_to_dict(postgres.url("postgres"))["user"],
        "ORDERS_OWNER_PASSWORD": "it's the owner's",
        "ORDERS_APP_PASSWORD": 'the "app\'s"',
        "TEMPORAL_DB_PASSWORD": "temporal's",
    }
    for _ in range(2):
        subprocess.run(["sh", str(ROLES_SCRIPT)], env=environment, check=True, capture_output=True)
    return postgres


def test_the_processes_change_rows_and_no_table(roles: PostgresServer) -> None:
    as_owner, as_app = (
        f"postgresql://orders_{role}@127.0.0.1:{roles.port}/orders" for role in ("owner", "app")
    )
    migrate(as_owner)
    require_schema(as_app)  # as every process does when it starts
    with psycopg.connect(as_app, autocommit=True) as app:
        app.execute("UPDATE customers SET name = name")
        app.execute("DELETE FROM customers")
        for statement in (
            "CREATE TABLE mine (id int)",
            "DROP TABLE customers",
            "ALTER TABLE customers ADD COLUMN mine int",
            "TRUNCATE customers",
            "CREATE ROLE mine",
            "CREATE SCHEMA mine",
            "ALTER ROLE orders_owner SUPERUSER",
            "COPY customers TO PROGRAM 'true'",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute(statement)
    with psycopg.connect(as_owner, autocommit=True) as owner:
        for statement in ("CREATE ROLE mine", "CREATE DATABASE mine"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                owner.execute(statement)
    temporal = f"postgresql://temporal@127.0.0.1:{roles.port}"
    with pytest.raises(psycopg.OperationalError, match="permission denied"):
        psycopg.connect(f"{temporal}/orders")
    with psycopg.connect(f"{temporal}/postgres", autocommit=True) as other:
        other.execute("CREATE DATABASE temporal")
