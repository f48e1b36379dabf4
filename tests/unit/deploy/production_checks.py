"""What docker-compose.production.yml leaves open, from the file as it is written."""

import re
from collections.abc import Iterator
from itertools import chain
from typing import Any

from tests.support.processes import REPOSITORY

Compose = dict[str, Any]

REQUIRED = re.compile(r"\$\{[A-Z_]+:\?[^}]+\}")
"""A variable without which Docker Compose does not start, and what it is for."""

SECRETS = {
    *("POSTGRES_PASSWORD", "PGPASSWORD", "POSTGRES_PWD", "SQL_PASSWORD", "DATABASE_URL"),
    *("ORDERS_OWNER_PASSWORD", "ORDERS_APP_PASSWORD", "TEMPORAL_DB_PASSWORD", "SMTP_URL"),
    *("PAYLOAD_KEYS", "STRIPE_API_KEY", "STRIPE_WEBHOOK_SECRETS", "CARD_LINK_KEYS"),
}
BOUND = {"PAYLOADS_ACCEPTED": "${PAYLOADS_ACCEPTED:-bound}"}
"""Another value is for an upgrade, and has to be given."""

FIXED = {
    "api": {
        "AUTH": "jwt",
        "DEVELOPMENT_MODE": "false",
        "STRIPE_API_BASE": "https://api.stripe.com",
        "SECURITY_LOG": "/data/security.jsonl",
        **BOUND,
    },
    "worker": {"STRIPE_API_BASE": "https://api.stripe.com", **BOUND},
}
DEMANDED = {
    "api": {
        *("JWT_KEYS", "JWT_ISSUER", "JWT_AUDIENCE", "PAYLOAD_KEYS", "PUBLIC_URL"),
        *("STRIPE_API_KEY", "STRIPE_PUBLISHABLE_KEY", "STRIPE_WEBHOOK_SECRETS"),
        *("CARD_LINK_KEYS", "DATABASE_URL", "TRUSTED_PROXIES"),
    },
    "worker": {"PAYLOAD_KEYS", "STRIPE_API_KEY", "CARRIER_URL", "DATABASE_URL"},
    "mailer": {"SMTP_URL", "MAIL_FROM", "CARD_LINK_KEYS", "PUBLIC_URL", "DATABASE_URL"},
    "postgres": {"POSTGRES_PASSWORD"},
}
ROLES = {
    **dict.fromkeys(("worker", "mailer", "api"), "orders_app"),
    "migrate": "orders_owner",
    "temporal": "temporal",
    "temporal-schema": "temporal",
}
NETWORKS = {
    "provider": {"worker", "api"},
    "mail": {"mailer"},
    "temporal": {"temporal", "temporal-register", "first-build", "worker", "api"},
    "edge": {"api"},
    "database": {
        *("postgres", "roles", "migrate", "temporal-schema", "temporal"),
        *("worker", "mailer", "api"),
    },
}
INTERNAL = {"database", "temporal"}
PORTS = {"api": ["127.0.0.1:8000:8080"]}


def all_of(file: Compose) -> list[str]:
    """Everything that is left open."""
    checks = (
        *(secrets, settings, roles, networks, ports, images, containers, security_log),
        time_skipping,
    )
    return list(chain.from_iterable(check(file) for check in checks))


def secrets(file: Compose) -> Iterator[str]:
    """Secrets that have a default, or are written down."""
    for name, variables in _environments(file):
        for variable in SECRETS & variables.keys():
            if not REQUIRED.search(variables[variable]):
                yield f"{name}: {variable} is known to everybody"


def settings(file: Compose) -> Iterator[str]:
    """Settings that let strangers in, or are not demanded."""
    for name, variables in _environments(file):
        for variable, value in FIXED.get(name, {}).items():
            if variables.get(variable) != value:
                yield f"{name}: {variable} is not {value}"
        for variable in DEMANDED.get(name, set()):
            if not REQUIRED.search(variables.get(variable, "")):
                yield f"{name}: {variable} is not demanded"
        if "ALLOW_UNAUTHENTICATED_REMOTE_ACCESS" in variables:
            yield f"{name}: lets everybody in"
        for variable in {"STACK_SOCKET", "CARD_SEARCH_LAG"} & variables.keys():
            yield f"{name}: {variable} is for tests"


def roles(file: Compose) -> Iterator[str]:
    """Services that reach PostgreSQL with more rights than they need."""
    for name, variables in _environments(file):
        url = re.match(r"postgresql://(\w+):", variables.get("DATABASE_URL", ""))
        users = {variables[one] for one in ("POSTGRES_USER", "SQL_USER") if one in variables}
        users |= {url[1]} if url else set()
        if users - {ROLES.get(name)}:
            yield f"{name}: is {users} in PostgreSQL"
        knows = "${POSTGRES_PASSWORD" in str(variables)
        if knows and name not in {"postgres", "roles"}:
            yield f"{name}: knows the superuser's password"
        if "${ORDERS_OWNER_PASSWORD" in str(variables) and name not in {"roles", "migrate"}:
            yield f"{name}: knows the owner's password"


def networks(file: Compose) -> Iterator[str]:
    """Services in networks that they do not need, and networks that lead outside."""
    for name, service in file["services"].items():
        joined = set(service.get("networks", ["default"]))
        expected = {network for network, members in NETWORKS.items() if name in members}
        if joined != expected or "network_mode" in service:
            yield f"{name}: is in {joined}, not in {expected}"
    for name in INTERNAL:
        if not (file["networks"].get(name) or {}).get("internal"):
            yield f"{name}: leads outside"
    options = (file["networks"]["edge"] or {}).get("driver_opts", {})
    if options.get("com.docker.network.bridge.enable_ip_masquerade") != "false":
        yield "edge: leads outside"


def ports(file: Compose) -> Iterator[str]:
    """Published ports, but the API's for the proxy on the same machine."""
    for name, service in file["services"].items():
        if service.get("ports", []) != PORTS.get(name, []):
            yield f"{name}: publishes {service.get('ports')}"


def images(file: Compose) -> Iterator[str]:
    """Images whose content may change."""
    for name, service in file["services"].items():
        image = service.get("image", "")
        digest = image.rpartition("@")[2] if "@" in REQUIRED.sub("", image) else image
        if not REQUIRED.search(digest) and not re.fullmatch("sha256:[0-9a-f]{64}", digest):
            yield f"{name}: {image} may change"
        if "build" in service:
            yield f"{name}: is built where it runs"


def containers(file: Compose) -> Iterator[str]:
    """Containers that may do more than they need, or fill the disk."""
    for name, service in file["services"].items():
        options = service.get("logging", {}).get("options", {})
        if not options.get("max-size") or not options.get("max-file"):
            yield f"{name}: its log has no bound"
        if service.get("cap_drop") != ["ALL"] or service.get("privileged"):
            yield f"{name}: has capabilities"
        if "no-new-privileges:true" not in service.get("security_opt", []):
            yield f"{name}: may get more rights"
        if "ORDERS_IMAGE" in service.get("image", "") and not service.get("read_only"):
            yield f"{name}: may change its files"
        if any("docker.sock" in str(volume) for volume in service.get("volumes", [])):
            yield f"{name}: rules the machine"
        if "dev." in " ".join(service.get("command", [])):
            yield f"{name}: is for development"


def security_log(file: Compose) -> Iterator[str]:
    """A security log that ends with its container, or that other services may write to."""
    volume = "security-log:/data"
    for name, service in file["services"].items():
        mounted = [one for one in service.get("volumes", []) if one.startswith("security-log")]
        if mounted != ([volume] if name == "api" else []):
            yield f"{name}: mounts {mounted} of the security log"


def time_skipping(file: Compose) -> Iterator[str]:
    """A Temporal server whose clock can be advanced."""
    for volume in file["services"]["temporal"].get("volumes", []):
        text = (REPOSITORY / volume.partition(":")[0]).read_text()
        if not re.search(r"TimeSkippingEnabled:\s+- value: false", text):
            yield "temporal: its clock can be advanced"
    if not file["services"]["temporal"].get("volumes"):
        yield "temporal: has no configuration"


def _environments(file: Compose) -> Iterator[tuple[str, dict[str, str]]]:
    for name, service in file["services"].items():
        yield name, {k: str(v) for k, v in (service.get("environment") or {}).items()}
