"""Faults of docker-compose.yml that Docker Compose does not detect."""

import os
import re
from collections.abc import Iterator
from itertools import chain, pairwise
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

from pydantic import ValidationError
from pydantic_settings import SettingsConfigDict
from temporalio.envconfig import ClientConfig

from api.infrastructure.server import DRAIN_SECONDS as API_DRAIN_SECONDS
from config import Settings
from dev.stack.ports import Ports
from dev.temporal_server.build import pinned_version
from temporal.client import DEFAULT_ADDRESS
from tests.unit.deploy.docker_compose import Services, module_folder
from tests.unit.deploy.image import complaint_about

_SERVER, _UI = "go.temporal.io/server", "github.com/temporalio/ui-server/v2"

PINNED = {"temporalio/server": _SERVER, "temporalio/admin-tools": _SERVER, "temporalio/ui": _UI}
"""The Go modules that Temporal's images are built from; dev/temporal_server/go.mod says in which
version.
"""

READ_BY = {
    "temporalio/server": (
        "common/config/config_template_embedded.yaml",
        "common/config/loader.go",
        "docker/scripts/sh/entrypoint.sh",
    ),
    "temporalio/admin-tools": ("tools/sql/main.go",),
    "temporalio/ui": ("config/docker.yaml",),
}
"""The files in those modules that read an image's environment."""

POSTGRES_SETTINGS = {
    "POSTGRES_DB",  # the database made at the first start
    "POSTGRES_PASSWORD",  # that of the superuser `postgres`
}

FOREIGN_PROGRAMS = {
    ("postgres", "pg_isready"),  # comes with the server
    ("postgres", "postgres"),  # the server
    ("temporalio/admin-tools", "sh"),  # Alpine's
    ("temporalio/server", "nc"),  # Alpine's busybox
    ("temporalio/ui", "wget"),  # Alpine's busybox
}

DEFAULT_PORTS = {"postgres": {5432}, "temporal": {7233}}
"""Default ports of foreign images."""

NEEDED_FOR = {"DATABASE_URL": "migrate", "TEMPORAL_ADDRESS": "temporal-register"}
"""The services that prepare what a setting refers to."""

UNCHECKED = {"mailer"}
"""Services without a health check: they open no port."""


class _SettingsWithoutFile(Settings):
    """Settings that ignore a `.env` file."""

    model_config = SettingsConfigDict(env_file=None)


def unknown_settings(services: Services) -> Iterator[str]:
    """Environment variables that no process reads."""
    for name, service in services.items():
        for variable, value in _environment(service).items():
            if not _is_read(variable, value, service):
                yield f"{name}: no process reads {variable}"


def refused_settings(services: Services) -> Iterator[str]:
    """Values that our settings refuse."""
    for name, service in _ours(services):
        try:
            _settings(service)
        except ValidationError as error:
            yield f"{name}: {error}"


def dead_addresses(services: Services) -> Iterator[str]:
    """Addresses in the environment at which no service listens."""
    for name, service in services.items():
        environment = _environment(service)
        values = list(environment.values())
        for host, port in (("POSTGRES_SEEDS", "DB_PORT"), ("SQL_HOST", "SQL_PORT")):
            if host in environment:
                values.append(f"{environment[host]}:{environment[port]}")
        for value in values:
            for host, port in re.findall(r"(?:^|//|@)(?!localhost)([a-z][a-z-]*):(\d+)", value):
                if host not in services or int(port) not in _listens(host, services[host]):
                    yield f"{name}: no process listens at {host}:{port}"


def wrong_commands(services: Services, image: Path) -> Iterator[str]:
    """Commands and health checks that would fail to start."""
    for name, service in services.items():
        commands = [service.get("command"), _check_of(service)]
        for command in filter(None, commands):
            if _is_ours(service):
                complaint = complaint_about(command, image)
            elif (_repository(service), command[0]) not in FOREIGN_PROGRAMS:
                complaint = f"its image has no {command[0]}"
            elif command[0] == "sh" and command[1] not in _mounted(service):
                complaint = f"no {command[1]} is mounted"
            else:
                complaint = None
            if complaint:
                yield f"{name}: {complaint}"


def unchecked(services: Services) -> Iterator[str]:
    """Services without a health check, or with one at a port where they do not listen."""
    for name, service in services.items():
        command = _check_of(service)
        if command is None:
            if not _ends(service) and name not in UNCHECKED:
                yield f"{name}: has no health check"
            continue
        ports = re.findall(r"127\.0\.0\.1[: ](\d+)", " ".join(command))
        for port in set(map(int, ports)) - _listens(name, service):
            yield f"{name}: its health is checked at port {port}"


def wrong_order(services: Services) -> Iterator[str]:
    """Services that wait for a state that never comes, or do not wait for what they need."""
    for name, service in services.items():
        awaited = {other: how["condition"] for other, how in service.get("depends_on", {}).items()}
        for other, condition in awaited.items():
            if condition == "service_healthy" and _check_of(services[other]) is None:
                yield f"{name}: waits for the health of {other}, which has no health check"
            if (condition == "service_completed_successfully") != _ends(services[other]):
                yield f"{name}: {condition} is not for {other}"
        if _is_ours(service) and not _ends(service):
            needs = {NEEDED_FOR.get(variable) for variable in _environment(service)} - {None}
            for other in needs - awaited.keys():
                yield f"{name}: does not wait for {other}"


def open_ports(services: Services) -> Iterator[str]:
    """Published ports that other machines can reach, or that differ from the documented ones."""
    with patch.dict(os.environ, clear=True):
        settings = _SettingsWithoutFile()
    known = {
        "api": settings.api_port,
        "codec": settings.codec_port,
        "cards": urlsplit(settings.stripe_api_base).port,
        "carrier": urlsplit(settings.carrier_url).port,
        "temporal": urlsplit(f"//{DEFAULT_ADDRESS}").port,
        "temporal-ui": Ports().temporal_ui,
    }
    for name, service in services.items():
        published = {int(port["published"]) for port in service.get("ports", [])}
        if name in known and published != {known[name]}:
            yield f"{name}: is documented at {known[name]}, not at {published}"
        for port in service.get("ports", []):
            if port.get("host_ip") != "127.0.0.1":
                yield f"{name}: port {port['published']} is open to everybody"
            if port["target"] not in _listens(name, service):
                yield f"{name}: does not listen at the published port {port['target']}"


def killed_too_early(services: Services) -> Iterator[str]:
    """Services of ours that are killed before they can finish their work."""
    for name, service in _ours(services):
        drain = max(_settings(service).drain_seconds, API_DRAIN_SECONDS)
        grace = service.get("stop_grace_period", "10s")
        if _seconds(grace) <= drain:
            yield f"{name}: needs {drain} s to end, and is killed after {grace}"


def missing_mounts(services: Services) -> Iterator[str]:
    """Mounted files that do not exist."""
    for name, service in services.items():
        for mount in service.get("volumes", []):
            if mount["type"] == "bind" and not Path(mount["source"]).is_file():
                yield f"{name}: there is no {Path(mount['source']).name}"


def unpinned_images(services: Services) -> Iterator[str]:
    """Images without a fixed version, or with another one than the rest of the project uses."""
    for name, service in services.items():
        repository, _, tag = service["image"].partition(":")
        if _is_ours(service):
            continue
        if not re.fullmatch(r"\d+(\.\d+)+", tag):
            yield f"{name}: {service['image']} is not a fixed version"
        if module := PINNED.get(repository):
            pin = pinned_version(module)
            if f"v{tag}" != pin:
                yield f"{name}: {service['image']}, where dev/temporal_server/go.mod pins {pin}"


def _is_read(variable: str, value: str, service: dict[str, Any]) -> bool:
    if _is_ours(service):
        of_client = ClientConfig.load_client_connect_config(
            disable_file=True, override_env_vars={variable: value}
        )
        return variable.lower() in Settings.model_fields or bool(of_client)
    repository = _repository(service)
    if repository == "postgres":
        return variable in POSTGRES_SETTINGS
    folder = module_folder(PINNED[repository], pinned_version(PINNED[repository]))
    texts = [(folder / path).read_text() for path in READ_BY[repository]]
    return any(re.search(rf"\b{variable}\b", text) for text in texts)


def _settings(service: dict[str, Any]) -> Settings:
    with patch.dict(os.environ, _environment(service), clear=True):
        return _SettingsWithoutFile()


def _listens(name: str, service: dict[str, Any]) -> set[int]:
    """The ports that other containers can connect to."""
    command = service.get("command") or []
    flags = dict(pairwise(command))
    environment = _environment(service)
    addresses = [environment.get("METRICS_ADDRESS")]
    for process in ("API", "CODEC"):
        host, port = environment.get(f"{process}_HOST"), environment.get(f"{process}_PORT")
        addresses.append(f"{host}:{port}")
    if "--host" in flags:
        addresses += [f"{flags['--host']}:{flags.get(f)}" for f in ("--port", "--smtp-port")]
    if port := environment.get("TEMPORAL_UI_PORT"):
        addresses.append(f"0.0.0.0:{port}")
    reached = re.findall(r"\b0\.0\.0\.0:(\d+)", " ".join(filter(None, addresses)))
    return DEFAULT_PORTS.get(name, set()) | {int(port) for port in reached}


def _ours(services: Services) -> Iterator[tuple[str, dict[str, Any]]]:
    return ((name, service) for name, service in services.items() if _is_ours(service))


def _is_ours(service: dict[str, Any]) -> bool:
    return "build" in service


def _ends(service: dict[str, Any]) -> bool:
    """Whether it runs once and exits."""
    return str(service["restart"]).startswith("on-failure")


def _repository(service: dict[str, Any]) -> str:
    return str(service["image"]).partition(":")[0]


def _environment(service: dict[str, Any]) -> dict[str, str]:
    return dict(service.get("environment") or {})


def _check_of(service: dict[str, Any]) -> list[str] | None:
    test = service.get("healthcheck", {}).get("test")
    return test[1:] if test else None


def _mounted(service: dict[str, Any]) -> set[str]:
    return {mount["target"] for mount in service.get("volumes", [])}


def _seconds(duration: str) -> int:
    units = {"h": 3600, "m": 60, "s": 1}
    return sum(int(number) * units[unit] for number, unit in re.findall(r"(\d+)([hms])", duration))


def all_of(services: Services, image: Path) -> list[str]:
    """All faults."""
    return list(
        chain(
            unknown_settings(services),
            refused_settings(services),
            dead_addresses(services),
            wrong_commands(services, image),
            unchecked(services),
            wrong_order(services),
            open_ports(services),
            killed_too_early(services),
            missing_mounts(services),
            unpinned_images(services),
        )
    )
